using System.Collections.Immutable;

namespace EarlyExitGen.Lab.Training;

/// <summary>
/// In which order the stages and exits of a network are trained. Derive to write another; loss weights, distillation and gradient flow
/// are chosen apart, in <see cref="TrainingOptions"/>. Immutable and thread-safe.
/// </summary>
public abstract record TrainingStrategy
{
    /// <summary>Everything at once: the weighted sum of all exits' losses (Teerapittayanon et al., BranchyNet, 2016).</summary>
    public static TrainingStrategy Joint() => new JointStrategy();

    /// <summary>
    /// The backbone with the last exit first, then the early heads on the frozen backbone (Xin et al., DeeBERT, 2020). With
    /// <see cref="SelfDistillation"/> of weight 1, the heads learn from the last exit alone (Liu et al., FastBERT, 2020).
    /// </summary>
    /// <param name="backboneShare">The backbone's share of the epochs, between 0 and 1.</param>
    public static TrainingStrategy Separate(double backboneShare = 0.5) => new SeparateStrategy(RequireShare(backboneShare));

    /// <summary>The backbone with the last exit first, then everything jointly (Kubaty et al., 2025).</summary>
    /// <param name="backboneShare">The backbone's share of the epochs, between 0 and 1.</param>
    public static TrainingStrategy Mixed(double backboneShare = 0.5) => new MixedStrategy(RequireShare(backboneShare));

    /// <summary>The exits one by one, each for an equal share of the epochs.</summary>
    /// <param name="order">Where it begins, and what happens to what is trained.</param>
    public static TrainingStrategy Progressive(ProgressiveOrder order = ProgressiveOrder.FromLastExit) => new ProgressiveStrategy(order);

    /// <summary>The last exit alone and all exits jointly, in turn from batch to batch (Xin et al., BERxiT, 2021).</summary>
    public static TrainingStrategy Alternating() => new AlternatingStrategy();

    /// <summary>The same strategy after some epochs without early exits.</summary>
    /// <param name="epochs">Epochs with the last exit alone, at least 1; they count towards the run's.</param>
    public TrainingStrategy WithWarmUp(int epochs)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(epochs, 1);
        return new WarmUpStrategy(epochs, this);
    }

    /// <summary>The phases of a run.</summary>
    /// <param name="network">The network.</param>
    /// <param name="epochs">The epochs to divide among them.</param>
    /// <exception cref="ArgumentException">The epochs are too few.</exception>
    public abstract ImmutableArray<TrainingPhase> Phases(NetworkPlan network, int epochs);

    private protected static ImmutableArray<int> AllExits(NetworkPlan network) => [.. Enumerable.Range(0, network.Exits.Length)];

    private protected static ImmutableArray<int> LastExit(NetworkPlan network) => [network.Exits.Length - 1];

    /// <summary>Divides the epochs in two parts of at least one.</summary>
    private protected static (int First, int Second) Divide(int epochs, double share)
    {
        if (epochs < 2)
        {
            throw new ArgumentException($"The strategy has two phases and needs 2 epochs at least, not {epochs}.", nameof(epochs));
        }

        int first = Math.Clamp((int)Math.Round(epochs * share), 1, epochs - 1);
        return (first, epochs - first);
    }

    private static double RequireShare(double share) =>
        share is > 0 and < 1 ? share : throw new ArgumentOutOfRangeException(nameof(share), share, "A share lies between 0 and 1.");
}
