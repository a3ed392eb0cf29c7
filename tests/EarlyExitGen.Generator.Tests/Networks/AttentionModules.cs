using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Networks;

/// <summary>TorchSharp's own attention modules, which take the sequence first: the transposes around them move nothing.</summary>
[EarlyExitNetwork(Classes = 3, Input = [12, 8])]
public sealed partial class AttentionModules : EarlyExitModule
{
    private readonly Linear embed = Linear(8, 16);
    private readonly MultiheadAttention attention = MultiheadAttention(16, 4, bias: false);
    private readonly LayerNorm norm = LayerNorm(16);
    private readonly TransformerEncoderLayer layer = TransformerEncoderLayer(16, 2, dim_feedforward: 24, activation: Activations.GELU);
    private readonly TransformerEncoder encoder = TransformerEncoder(TransformerEncoderLayer(16, 2, 32), 2);

    [Stage]
    private Tensor Lower(Tensor x)
    {
        Tensor tokens = embed.call(x).transpose(0, 1);
        Tensor attended = attention.call(tokens, tokens, tokens, null, false, null).Item1;
        tokens = norm.call(tokens + attended);
        return tokens.transpose(1, 0);
    }

    [Exit(Criterion.Confidence, 0.8)]
    private Tensor Early(Tensor x) => early.call(x.transpose(0, 1).mean([0]));

    private readonly Linear early = Linear(16, 3);

    [Stage]
    private Tensor Middle(Tensor x) => layer.call(x.permute(1, 0, 2), null, null).permute(1, 0, 2);

    [Exit(Criterion.Entropy, 0.5)]
    private Tensor Second(Tensor x) => early.call(x.mean([1]));

    [Stage]
    private Tensor Upper(Tensor x) => encoder.call(x.transpose(0, 1), null, null).select(0, 0);

    [Exit]
    private readonly Linear final = Linear(16, 3);
}
