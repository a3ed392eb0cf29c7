using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace EarlyExitGen.Tests.Networks;

/// <summary>
/// Token ids, truth values and numbers beside each other; normalisations that are not folded; a parameter and a buffer as values.
/// </summary>
[EarlyExitNetwork(Classes = 4, Input = [Length], InputType = ScalarType.Int64)]
[ExtraInput("padding", Length, Type = ScalarType.Bool)]
[ExtraInput("scale", Features)]
public sealed partial class PaddedEncoder : EarlyExitModule
{
    public const int Length = 10;
    public const int Features = 16;

    private readonly Embedding table = Embedding(1000, Features);
    private readonly LayerNorm norm = LayerNorm(Features);
    private readonly BatchNorm1d statistics = BatchNorm1d(Features);
    private readonly Linear layer = Linear(Features, Features);
    private readonly Linear early = Linear(Features, 4);
    private readonly Linear final = Linear(Features, 4);
    private readonly Parameter positions = Parameter(randn(1, Length, Features));
    private readonly Tensor mean = full([Features], 0.1f);

    [Stage]
    private Tensor Embed(Tensor tokens, Tensor scale) => table.call(tokens) * scale.unsqueeze(1) + positions - mean;

    [Stage]
    private Tensor Attend(Tensor x, Tensor padding)
    {
        Tensor scores = (x.matmul(x.transpose(1, 2)) / 4).masked_fill(padding.unsqueeze(1), -1e4);
        return norm.call(x + functional.gelu(layer.call(functional.softmax(scores, -1).matmul(x))));
    }

    [Stage]
    private Tensor Pool(Tensor x, Tensor padding)
    {
        Tensor seen = padding.logical_not().to(ScalarType.Float32);
        return statistics.call((x * seen.unsqueeze(-1)).sum([1]) / seen.sum([1], keepdim: true));
    }

    [Exit(Criterion.Entropy, 0.3)]
    private Tensor Early(Tensor x) => early.call(x);

    [Stage]
    private static Tensor Bend(Tensor x) => functional.tanh(x);

    [Exit]
    private Tensor Final(Tensor x) => final.call(x);
}
