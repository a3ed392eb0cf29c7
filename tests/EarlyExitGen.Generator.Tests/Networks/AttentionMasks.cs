using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Networks;

/// <summary>TorchSharp's own attention modules with masks: of keys, and of pairs, which are added.</summary>
[EarlyExitNetwork(Classes = 3, Input = [12, 16])]
[ExtraInput("padding", 12, Type = ScalarType.Bool)]
[ExtraInput("segments", 12, Type = ScalarType.Int64)]
public sealed partial class AttentionMasks : EarlyExitModule
{
    private readonly MultiheadAttention attention = MultiheadAttention(16, 4);
    private readonly MultiheadAttention single = MultiheadAttention(16, 1, bias: false);
    private readonly TransformerEncoderLayer layer = TransformerEncoderLayer(16, 2, dim_feedforward: 24, activation: Activations.GELU);
    private readonly TransformerEncoder encoder = TransformerEncoder(TransformerEncoderLayer(16, 2, 32), 2);
    private readonly Tensor causal = full(12, 12, double.NegativeInfinity).triu(1);
    private readonly Parameter bias = Parameter(randn(12, 12));
    private readonly Linear head = Linear(16, 3);

    // Never all keys of a row: TorchSharp would give NaN.
    [Stage]
    private Tensor Lower(Tensor x, Tensor padding)
    {
        Tensor tokens = x.transpose(0, 1);
        return attention.call(tokens, tokens, tokens, ~padding, false, causal).Item1.transpose(0, 1);
    }

    [Exit(Criterion.Confidence, 0.8)]
    private Tensor Early(Tensor x)
    {
        Tensor tokens = x.permute(1, 0, 2);
        return head.call(single.call(tokens, tokens, tokens, attn_mask: bias, need_weights: false).Item1.mean([0]));
    }

    [Stage]
    private Tensor Middle(Tensor x, Tensor segments) => layer.call(x.transpose(0, 1), bias * 0.5, segments == 0).transpose(0, 1);

    [Exit(Criterion.Entropy, 0.5)]
    private Tensor Second(Tensor x, Tensor padding)
    {
        Tensor tokens = x.transpose(0, 1);
        return head.call(single.call(tokens, tokens, tokens, padding.logical_not(), true, -bias).Item1.transpose(0, 1).mean([1]));
    }

    [Stage]
    private Tensor Upper(Tensor x, Tensor padding) => encoder.call(x.transpose(0, 1), null, padding.logical_not()).transpose(0, 1);

    [Stage]
    private Tensor Top(Tensor x) => encoder.call(x.transpose(0, 1), causal).transpose(0, 1);

    [Exit]
    private Tensor Final(Tensor x) => head.call(x.mean([1]));
}
