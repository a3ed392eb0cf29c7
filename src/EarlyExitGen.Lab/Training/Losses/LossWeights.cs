using System.Collections.Immutable;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace EarlyExitGen.Lab.Training;

/// <summary>How much the loss of each exit counts. Immutable and thread-safe.</summary>
public abstract record LossWeights
{
    /// <summary>Weight 1 for every exit.</summary>
    public static LossWeights Uniform { get; } = new UniformWeights();

    /// <summary>(e + 1) / E for exit e of E: the deeper, the more; the last exit has weight 1 (Zhou et al., PABEE, 2020).</summary>
    public static LossWeights LinearInDepth { get; } = new LinearWeights();

    /// <summary>
    /// Learned with the network: exit e has a log-variance s and adds exp(−s)·loss + s/2, so that noisy exits count less (Kendall et al.,
    /// Multi-Task Learning Using Uncertainty to Weigh Losses, 2018). The log-variances start at 0 in each phase.
    /// </summary>
    public static LossWeights LearnedByUncertainty { get; } = new UncertaintyWeights();

    /// <summary>Chosen weights.</summary>
    /// <param name="weights">One per exit of the network, finite and not negative.</param>
    public static LossWeights Fixed(params ReadOnlySpan<double> weights) => new FixedWeights([.. weights]);

    /// <summary>Weights that change during a phase.</summary>
    /// <param name="schedule">
    /// Gives one weight per exit of the network for a moment between 0, the phase's first batch, and 1, its end. It must depend on
    /// nothing else, or a resumed run differs from an uninterrupted one.
    /// </param>
    public static LossWeights Scheduled(Func<double, IReadOnlyList<double>> schedule)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        return new ScheduledWeights(schedule);
    }

    /// <summary>The weights at a moment of a phase.</summary>
    /// <param name="exits">The number of the network's exits.</param>
    /// <param name="moment">Between 0, the phase's first batch, and 1, its end.</param>
    internal abstract IReadOnlyList<double> At(int exits, double moment);

    /// <summary>The log-variances, when the weights are learned.</summary>
    internal virtual Parameter? CreateLogVariances(int exits, Device device) => null;

    private protected static IReadOnlyList<double> Checked(IReadOnlyList<double> weights, int exits)
    {
        if (weights.Count != exits)
        {
            throw new ArgumentException($"The network has {exits} exits, but there are {weights.Count} loss weights.");
        }

        if (weights.Any(weight => !double.IsFinite(weight) || weight < 0))
        {
            throw new ArgumentException($"Loss weights are finite and not negative, but one of [{string.Join(", ", weights)}] isn't.");
        }

        return weights;
    }

    private sealed record UniformWeights : LossWeights
    {
        internal override IReadOnlyList<double> At(int exits, double moment) => [.. Enumerable.Repeat(1.0, exits)];
    }

    private sealed record LinearWeights : LossWeights
    {
        internal override IReadOnlyList<double> At(int exits, double moment) =>
            [.. Enumerable.Range(1, exits).Select(depth => (double)depth / exits)];
    }

    private sealed record FixedWeights(ImmutableArray<double> Weights) : LossWeights
    {
        public override string ToString() => $"Fixed({string.Join(", ", Weights)})";

        internal override IReadOnlyList<double> At(int exits, double moment) => Checked(Weights, exits);
    }

    private sealed record ScheduledWeights(Func<double, IReadOnlyList<double>> Schedule) : LossWeights
    {
        public override string ToString() => "Scheduled";

        internal override IReadOnlyList<double> At(int exits, double moment) => Checked(Schedule(moment), exits);
    }

    private sealed record UncertaintyWeights : LossWeights
    {
        internal override IReadOnlyList<double> At(int exits, double moment) => [.. Enumerable.Repeat(1.0, exits)];

        internal override Parameter CreateLogVariances(int exits, Device device) =>
            nn.Parameter(zeros(exits, ScalarType.Float32, device).DetachFromDisposeScope());
    }
}
