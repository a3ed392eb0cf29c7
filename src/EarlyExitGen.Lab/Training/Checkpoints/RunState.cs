namespace EarlyExitGen.Lab.Training;

/// <summary>Where a run stands, apart from its tensors.</summary>
internal sealed class RunState
{
    /// <summary>The running phase; the number of phases when the run is over.</summary>
    public int Phase { get; set; }

    /// <summary>The running epoch of the phase, counted from 0.</summary>
    public int Epoch { get; set; }

    /// <summary>The planned epochs before the running one; the order of its batches is drawn from this.</summary>
    public int EpochOfPlan { get; set; }

    /// <summary>How many batches of the epoch are done.</summary>
    public int Batch { get; set; }

    /// <summary>How many batches of the phase are done.</summary>
    public long BatchesOfPhase { get; set; }

    /// <summary>The longest epoch so far, for data that don't know their number of batches.</summary>
    public int BatchesSeen { get; set; }

    /// <summary>What the phase's scheduler was given after each epoch.</summary>
    public List<double> SchedulerMetrics { get; init; } = [];

    /// <summary>The running epoch's sums.</summary>
    public required ExitTally Tally { get; set; }

    /// <summary>The sums of the epoch before it.</summary>
    public ExitTally? LastEpoch { get; set; }

    public List<EpochResult> Epochs { get; init; } = [];

    public List<string> StoppedEarly { get; init; } = [];

    /// <summary>The best value of early stopping's metric in this phase; less is better.</summary>
    public double? Best { get; set; }

    /// <summary>Epochs since then.</summary>
    public int EpochsWithoutImprovement { get; set; }

    public double ElapsedSeconds { get; set; }
}
