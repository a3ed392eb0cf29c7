using static TorchSharp.torch;

namespace EarlyExitGen.Lab.Training;

/// <summary>How to train a network. Immutable; thread-safe as far as its functions are.</summary>
public sealed record TrainingOptions : TrainingRunOptions
{
    private const int DefaultEpochs = 10;

    /// <summary>Ten epochs of joint training with uniform loss weights.</summary>
    public TrainingOptions()
        : base(DefaultEpochs)
    {
    }

    /// <summary>In which order stages and exits are trained.</summary>
    public TrainingStrategy Strategy { get; init; } = TrainingStrategy.Joint();

    /// <summary>How much each exit's loss counts.</summary>
    public LossWeights LossWeights { get; init; } = LossWeights.Uniform;

    /// <summary>Whether early exits also learn from the last one; null for labels only.</summary>
    public SelfDistillation? Distillation { get; init; }

    /// <summary>How the exits' gradients reach the backbone.</summary>
    public GradientFlow GradientFlow { get; init; } = GradientFlow.Plain;

    /// <summary>
    /// One exit's mean loss over a batch, from its logits [N, classes] and the labels. Null, the default, for that of the network's
    /// <see cref="OutputKind"/>: cross-entropy for classes; binary cross-entropy for labels, [N, labels] of 0 and 1; the mean squared
    /// error for quantities, of the outputs' shape.
    /// </summary>
    public Func<Tensor, Tensor, Tensor>? Loss { get; init; }

    /// <summary>The loss of one exit of a network.</summary>
    internal Tensor LossOf(NetworkPlan network, Tensor logits, Tensor labels) =>
        Loss?.Invoke(logits, labels) ?? OutputLoss.Of(network.Output, logits, labels);

    internal override void Validate(bool hasValidation)
    {
        base.Validate(hasValidation);
        ArgumentNullException.ThrowIfNull(Strategy);
        ArgumentNullException.ThrowIfNull(LossWeights);
        ArgumentNullException.ThrowIfNull(GradientFlow);
    }
}
