using TorchSharp;

namespace EarlyExitGen;

/// <summary>
/// Declares an early-exit network: the build compiles its stages and exits into inference code.
/// </summary>
/// <remarks>The class must be <c>partial</c> and derive from <see cref="EarlyExitModule"/>.</remarks>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class EarlyExitNetworkAttribute : Attribute
{
    /// <summary>
    /// The number of values that every exit gives, at least 1: one logit per class, one per label, or one quantity each. See
    /// <see cref="Output"/>.
    /// </summary>
    public int Classes { get; set; }

    /// <summary>What those values stand for.</summary>
    public OutputKind Output { get; set; }

    /// <summary>
    /// The shape of one input without its batch dimension, for example <c>[1, 28, 28]</c>. Left empty, shapes and costs are unknown
    /// at build time and the network still compiles for TorchSharp tensors.
    /// </summary>
    public int[] Input { get; set; } = [];

    /// <summary>The element type of the input: <c>Float32</c>, or <c>Int64</c> for token ids.</summary>
    public torch.ScalarType InputType { get; set; } = torch.ScalarType.Float32;

    /// <summary>
    /// One weight per exit, each above 0, to make every exit answer with the weighted geometric mean of its probabilities and those of
    /// the exits before it: Wołczyk et al., "Zero Time Waste: Recycling Predictions in Early Exit Neural Networks", 2021. Left empty,
    /// every exit answers for itself. For classification only.
    /// </summary>
    public double[] EnsembleWeights { get; set; } = [];

    /// <summary>
    /// How far each value may move from one exit to the next for <see cref="Criterion.Patience"/> to count them as agreeing, at least 0.
    /// For regression only; classes and labels agree when they are the same.
    /// </summary>
    public double AgreementTolerance { get; set; }

    /// <summary>Which exit answers when no condition lets the input go.</summary>
    public Fallback Fallback { get; set; }
}
