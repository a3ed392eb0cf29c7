using EarlyExitGen.Generator.Model;
using Microsoft.CodeAnalysis.Operations;

namespace EarlyExitGen.Generator.Parse;

/// <summary>Reads which attention module a call of a <c>torch.nn</c> factory makes.</summary>
internal static class AttentionReader
{
    /// <summary>The module; null when the factory makes none, or one that can't be compiled.</summary>
    public static ModuleValue? Read(IInvocationOperation call, ArgumentReader arguments)
    {
        ModuleValue? module = call.TargetMethod.Name switch
        {
            "MultiheadAttention" => ReadAttention(call, arguments),
            "TransformerEncoderLayer" => ReadEncoderLayer(call, arguments),
            "TransformerEncoder" when arguments.Find("encoder_layer") is EncoderValue { Layers: null } layer =>
                new EncoderValue(call, layer.Size, arguments.Long("num_layers")),
            _ => null,
        };
        return arguments.Failed ? null : module;
    }

    private static AttentionValue? ReadAttention(IInvocationOperation call, ArgumentReader arguments)
    {
        AttentionSize size = new(arguments.Long("embedded_dim"), arguments.Long("num_heads"), arguments.Bool("bias", true));
        bool isPlain = !arguments.Bool("add_bias_kv", false)
            && !arguments.Bool("add_zero_attn", false)
            && (arguments.IsNull("kdim") || arguments.Long("kdim") == size.Features)
            && (arguments.IsNull("vdim") || arguments.Long("vdim") == size.Features);
        return isPlain && HasWholeHeads(size) ? new AttentionValue(call, size) : null;
    }

    private static EncoderValue? ReadEncoderLayer(IInvocationOperation call, ArgumentReader arguments)
    {
        AttentionSize attention = new(arguments.Long("d_model", 512), arguments.Long("nhead", 8), Bias: true);
        ActivationKind activation = arguments.Enum("activation", 0) == 0 ? ActivationKind.ReLU : ActivationKind.GELU;
        return HasWholeHeads(attention)
            ? new EncoderValue(call, new EncoderLayerSize(attention, arguments.Long("dim_feedforward", 2048), activation), layers: null)
            : null;
    }

    private static bool HasWholeHeads(AttentionSize size) => size is { Features: > 0, Heads: > 0 } && size.Features % size.Heads == 0;
}
