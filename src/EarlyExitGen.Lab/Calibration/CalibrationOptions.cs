using EarlyExitGen.Lab.Evaluation;

namespace EarlyExitGen.Lab.Calibration;

/// <summary>How to calibrate.</summary>
public sealed record CalibrationOptions
{
    /// <summary>What an exit costs; the compiler's MACs when null. Give a measured one to calibrate for latency.</summary>
    public CostModel? Costs { get; init; }

    /// <summary>Whether to fit a temperature per exit first.</summary>
    public bool FitTemperatures { get; init; } = true;

    /// <summary>How much the search may do, in visits of one row; when it is spent, the result states its gap.</summary>
    public long SearchEffort { get; init; } = 100_000_000;

    /// <summary>
    /// With a guarantee, the share of the samples from which the candidate policies are learnt, in (0, 1); the rest tests them.
    /// </summary>
    public double LearningShare { get; init; } = 0.3;

    /// <summary>Deals the samples into those two parts.</summary>
    public int Seed { get; init; }

    /// <summary>Gives the time of the calibration.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
