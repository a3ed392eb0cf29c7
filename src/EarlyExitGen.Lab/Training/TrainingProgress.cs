using System.Collections.Immutable;

namespace EarlyExitGen.Lab.Training;

/// <summary>Where a run stands. Reported some ten times a second, and at the end of every epoch.</summary>
/// <param name="Phase">The phase's name.</param>
/// <param name="Epoch">The running epoch, counted from 1 through all phases.</param>
/// <param name="Epochs">The epochs of all phases.</param>
/// <param name="Batch">How many of the epoch's batches are done.</param>
/// <param name="Batches">The batches of an epoch; null while that is unknown.</param>
/// <param name="Exits">How each exit has done in this epoch's batches so far.</param>
/// <param name="Completed">The epoch's result, validation included, when it has just ended; null otherwise.</param>
/// <param name="LearningRate">Of the first parameter group.</param>
/// <param name="Elapsed">The time spent training, over all processes that took part.</param>
/// <param name="Remaining">
/// An estimate from the mean pace since this process began; null while there is nothing to estimate from.
/// </param>
public sealed record TrainingProgress(
    string Phase,
    int Epoch,
    int Epochs,
    int Batch,
    int? Batches,
    ImmutableArray<ExitMetrics> Exits,
    EpochResult? Completed,
    double LearningRate,
    TimeSpan Elapsed,
    TimeSpan? Remaining);
