namespace EarlyExitGen.Lab.Training;

/// <summary>What <see cref="EarlyStopping"/> watches on the validation data, over the exits that the phase trains.</summary>
public enum StoppingMetric
{
    /// <summary>The mean of the exits' losses: less is better.</summary>
    MeanLoss,

    /// <summary>The mean of the exits' accuracies: more is better.</summary>
    MeanAccuracy,

    /// <summary>The accuracy of the deepest of the exits: more is better.</summary>
    LastAccuracy,
}

/// <summary>
/// Ends a phase when the validation data show no progress any more; the run goes on with the next phase. Immutable and thread-safe.
/// </summary>
public sealed record EarlyStopping
{
    /// <summary>Makes one.</summary>
    /// <param name="patience">How many epochs in a row may pass without an improvement, at least 1.</param>
    /// <param name="minimumImprovement">What counts as one, in the metric's unit; 0 or more.</param>
    /// <param name="metric">What is watched.</param>
    /// <param name="restoreBest">Whether the phase ends with the weights of its best epoch rather than of its last.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    public EarlyStopping(
        int patience, double minimumImprovement = 0, StoppingMetric metric = StoppingMetric.MeanLoss, bool restoreBest = true)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(patience, 1);
        if (minimumImprovement is not >= 0)
        {
            throw new ArgumentOutOfRangeException(nameof(minimumImprovement), minimumImprovement, "An improvement is 0 or more.");
        }

        Patience = patience;
        MinimumImprovement = minimumImprovement;
        Metric = metric;
        RestoreBest = restoreBest;
    }

    /// <summary>How many epochs in a row may pass without an improvement.</summary>
    public int Patience { get; }

    /// <summary>What counts as an improvement, in the metric's unit.</summary>
    public double MinimumImprovement { get; }

    /// <summary>What is watched.</summary>
    public StoppingMetric Metric { get; }

    /// <summary>Whether the phase ends with the weights of its best epoch.</summary>
    public bool RestoreBest { get; }

    /// <summary>The metric of one epoch, turned so that less is better.</summary>
    internal double Badness(IReadOnlyList<ExitMetrics> exits) => Metric switch
    {
        StoppingMetric.MeanLoss => exits.Average(exit => exit.Loss),
        StoppingMetric.MeanAccuracy => -exits.Average(exit => exit.Accuracy),
        StoppingMetric.LastAccuracy => -exits[^1].Accuracy,
        _ => throw new InvalidOperationException($"{Metric} is not a metric of early stopping."),
    };
}
