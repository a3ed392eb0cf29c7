using TorchSharp.Modules;
using static TorchSharp.torch.optim;

namespace EarlyExitGen.Lab.Training;

/// <summary>How to train gates. Immutable; thread-safe as far as its functions are.</summary>
public sealed record GateTrainingOptions
{
    /// <summary>The epochs, at least 1.</summary>
    public int Epochs { get; init; } = 5;

    /// <summary>What the gates learn to foresee.</summary>
    public GateTarget Target { get; init; }

    /// <summary>
    /// For regression: how far each value may lie from the last exit's, or from the label, to count as the same, above 0. Null for the
    /// network's <see cref="EarlyExitNetworkAttribute.AgreementTolerance"/>.
    /// </summary>
    public double? Tolerance { get; init; }

    /// <summary>Makes the optimiser for the gates' parameters. AdamW with learning rate 0.001 by default.</summary>
    public Func<IReadOnlyList<Parameter>, Optimizer> Optimizer { get; init; } = parameters => AdamW(parameters);

    /// <summary>Where random numbers begin: the order of the batches, and dropout within gates.</summary>
    public long Seed { get; init; }
}
