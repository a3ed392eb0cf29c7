namespace EarlyExitGen.Lab.Training;

/// <summary>The order of <see cref="TrainingStrategy.Progressive"/>.</summary>
public enum ProgressiveOrder
{
    /// <summary>The last exit first; then one exit more in each phase, from deep to shallow, and everything so far trains on.</summary>
    FromLastExit,

    /// <summary>
    /// The first exit first; then the stages up to the next exit in each phase, while the stages before them are frozen: layer-wise
    /// training, in which no exit disturbs a shallower one.
    /// </summary>
    FromFirstExit,
}
