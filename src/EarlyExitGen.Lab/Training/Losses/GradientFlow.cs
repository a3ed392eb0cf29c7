using System.Collections.Immutable;

namespace EarlyExitGen.Lab.Training;

/// <summary>How the exits' gradients reach the backbone. Heads always get the whole gradient of their own loss. Immutable.</summary>
public abstract record GradientFlow
{
    private GradientFlow()
    {
    }

    /// <summary>A stage gets the sum of the gradients of all exits behind it.</summary>
    public static GradientFlow Plain { get; } = new PlainFlow();

    /// <summary>
    /// A stage gets the mean of the gradients of the exits behind it, so that early stages don't see larger gradients than late ones
    /// (Li et al., Improved Techniques for Training Adaptive Deep Networks, 2019; Liu et al., ElasticBERT, 2022).
    /// </summary>
    public static GradientFlow Equilibrium { get; } = new EquilibriumFlow();

    /// <summary>Each exit's gradient is multiplied on its way from the head into the backbone.</summary>
    /// <param name="factors">
    /// One finite factor of 0 or more per exit of the network: 1 leaves the gradient as it is, 0 trains a head without any influence on
    /// the backbone.
    /// </param>
    /// <exception cref="ArgumentException">A factor is negative, infinite or NaN.</exception>
    public static GradientFlow Rescaled(params ReadOnlySpan<double> factors)
    {
        foreach (double factor in factors)
        {
            if (!double.IsFinite(factor) || factor < 0)
            {
                throw new ArgumentException($"A factor of gradients is finite and not negative, but one is {factor}.", nameof(factors));
            }
        }

        return new RescaledFlow([.. factors]);
    }

    /// <summary>What an exit's gradient is multiplied by where it enters the backbone.</summary>
    internal virtual double HeadFactor(int exit) => 1;

    /// <summary>What a stage's gradient is multiplied by when the losses of some exits behind it have been added.</summary>
    internal virtual double StageFactor(int exitsBehind) => 1;

    internal virtual void RequireFits(NetworkPlan network)
    {
    }

    private sealed record PlainFlow : GradientFlow;

    private sealed record EquilibriumFlow : GradientFlow
    {
        internal override double StageFactor(int exitsBehind) => 1.0 / exitsBehind;
    }

    private sealed record RescaledFlow(ImmutableArray<double> Factors) : GradientFlow
    {
        public override string ToString() => $"Rescaled({string.Join(", ", Factors)})";

        internal override double HeadFactor(int exit) => Factors[exit];

        internal override void RequireFits(NetworkPlan network)
        {
            if (Factors.Length != network.Exits.Length)
            {
                throw new ArgumentException(
                    $"{network.Name} has {network.Exits.Length} exits, but there are {Factors.Length} factors of gradients.");
            }
        }
    }
}
