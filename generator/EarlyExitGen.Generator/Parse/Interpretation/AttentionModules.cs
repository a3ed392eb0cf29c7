using EarlyExitGen.Generator.Model;
using Microsoft.CodeAnalysis.Operations;

namespace EarlyExitGen.Generator.Parse;

/// <summary>A <c>MultiheadAttention</c>.</summary>
internal sealed class AttentionValue(IInvocationOperation source, AttentionSize size) : ModuleValue(source)
{
    public AttentionSize Size => size;

    public override IEnumerable<(string Name, SymbolicValue Module)> Children => [];
}

/// <summary>A <c>TransformerEncoderLayer</c>, or a <c>TransformerEncoder</c> of copies of one, one after another.</summary>
/// <param name="layers">How many copies; null for a single layer.</param>
internal sealed class EncoderValue(IInvocationOperation source, EncoderLayerSize size, long? layers) : ModuleValue(source)
{
    public EncoderLayerSize Size => size;

    public long? Layers => layers;

    public override IEnumerable<(string Name, SymbolicValue Module)> Children => [];
}

/// <summary>How wide an attention is, and how many heads share that.</summary>
internal readonly record struct AttentionSize(long Features, long Heads, bool Bias);

/// <summary>How wide an encoder's layer is.</summary>
internal readonly record struct EncoderLayerSize(AttentionSize Attention, long FeedForward, ActivationKind Activation);
