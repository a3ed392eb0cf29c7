using TorchSharp;

namespace EarlyExitGen;

/// <summary>
/// Declares an early-exit network: the build compiles its stages and exits into inference code.
/// </summary>
/// <remarks>The class must be <c>partial</c> and derive from <see cref="EarlyExitModule"/>.</remarks>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class EarlyExitNetworkAttribute : Attribute
{
    /// <summary>The number of classes that every exit's logits tell apart; at least 1.</summary>
    public int Classes { get; set; }

    /// <summary>
    /// The shape of one input without its batch dimension, for example <c>[1, 28, 28]</c>. Left empty, shapes and costs are unknown
    /// at build time and the network still compiles for TorchSharp tensors.
    /// </summary>
    public int[] Input { get; set; } = [];

    /// <summary>The element type of the input: <c>Float32</c>, or <c>Int64</c> for token ids.</summary>
    public torch.ScalarType InputType { get; set; } = torch.ScalarType.Float32;
}
