namespace EarlyExitGen.Lab.Training;

/// <summary>What a gate learns to foresee.</summary>
public enum GateTarget
{
    /// <summary>Whether the exit gives the same answer as the last exit. Needs no labels.</summary>
    Agreement,

    /// <summary>Whether the exit's answer is right.</summary>
    Correctness,
}
