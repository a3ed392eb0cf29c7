using System.Collections.Immutable;

namespace EarlyExitGen.Lab.Training;

/// <summary>Sums per exit over batches. Written to checkpoints, so that a resumed epoch reports what an uninterrupted one does.</summary>
internal sealed class ExitTally
{
    public double[] Losses { get; init; } = [];

    public long[] Correct { get; init; } = [];

    public long[] Samples { get; init; } = [];

    /// <summary>The samples among them that had class indices for labels.</summary>
    public long[] Labelled { get; init; } = [];

    /// <summary>For gates: the samples for which the gate should say yes.</summary>
    public long[] Positive { get; init; } = [];

    public static ExitTally For(NetworkPlan plan) => new()
    {
        Losses = new double[plan.Exits.Length],
        Correct = new long[plan.Exits.Length],
        Samples = new long[plan.Exits.Length],
        Labelled = new long[plan.Exits.Length],
        Positive = new long[plan.Exits.Length],
    };

    public void Add(ImmutableArray<ExitOutcome> outcomes, long samples)
    {
        foreach (ExitOutcome outcome in outcomes)
        {
            Losses[outcome.Exit] += outcome.Loss * samples;
            Samples[outcome.Exit] += samples;
            Positive[outcome.Exit] += outcome.Positive;
            if (outcome.Correct is not long correct) continue;
            Correct[outcome.Exit] += correct;
            Labelled[outcome.Exit] += samples;
        }
    }

    public ImmutableArray<ExitMetrics> Metrics(NetworkPlan plan) =>
        [.. plan.Exits.Select((exit, index) =>
            new ExitMetrics(exit.Name, Losses[index] / Samples[index], (double)Correct[index] / Labelled[index]))];

    /// <summary>For gates: the share of the samples for which the gate should say yes.</summary>
    public double PositiveShare(int exit) => (double)Positive[exit] / Samples[exit];
}
