using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace EarlyExitGen.Tests.Networks;

/// <summary>An encoder of token ids of different lengths: a mask, 1 for a token and 0 for padding, goes to every layer and exit.</summary>
[EarlyExitNetwork(Classes = 4, Input = [Length], InputType = ScalarType.Int64)]
[ExtraInput("mask", Length)]
internal sealed partial class MaskedEncoder : EarlyExitModule
{
    public const int Length = 10;

    private const int Features = 16;

    public Embedding Table { get; } = Embedding(50, Features);

    public Linear Shallow { get; } = Linear(Features, 4);

    public Linear Middle { get; } = Linear(Features, 4);

    public Linear Deep { get; } = Linear(Features, 4);

    public Linear FirstLayer { get; } = Linear(Features, Features);

    public Linear SecondLayer { get; } = Linear(Features, Features);

    public Linear ThirdLayer { get; } = Linear(Features, Features);

    [Stage]
    private Tensor Embed(Tensor tokens) => Table.call(tokens);

    [Stage]
    private Tensor First(Tensor x, Tensor mask) => Attend(x, mask, FirstLayer);

    [Exit(Criterion.Entropy, 0.3)]
    private Tensor Easy(Tensor x, Tensor mask) => Shallow.call(Pool(x, mask));

    [Stage]
    private Tensor Second(Tensor x, Tensor mask) => Attend(x, mask, SecondLayer);

    [Exit(Criterion.Margin, 0.5)]
    private Tensor Halfway(Tensor x, Tensor mask) => Middle.call(Pool(x, mask));

    [Stage]
    private Tensor Third(Tensor x, Tensor mask) => Attend(x, mask, ThirdLayer);

    [Exit]
    private Tensor Final(Tensor x, Tensor mask) => Deep.call(Pool(x, mask));

    private static Tensor Attend(Tensor x, Tensor mask, Linear layer)
    {
        Tensor bias = ((1 - mask) * -1e4).unsqueeze(1);
        Tensor weights = functional.softmax((x.matmul(x.transpose(1, 2)) / 4) + bias, -1);
        return x + functional.gelu(layer.call(weights.matmul(x)));
    }

    private static Tensor Pool(Tensor x, Tensor mask) => (x * mask.unsqueeze(-1)).sum([1]) / mask.sum([1], keepdim: true);
}

/// <summary>An extra input that a stage writes over, and one that a branch on the data asks: both stages stay ordinary calls.</summary>
[EarlyExitNetwork(Classes = 3, Input = [4])]
[ExtraInput("scale", 4)]
internal sealed partial class WritingStages : EarlyExitModule
{
    private readonly Linear head = Linear(4, 3);

    [Stage]
    private Tensor Write(Tensor x, Tensor scale) => x * scale.mul_(2);

    [Exit(Criterion.Entropy, 0.3)]
    private Tensor Easy(Tensor x, Tensor scale) => head.call(x + scale.relu_());

    [Stage]
    private Tensor Ask(Tensor x, Tensor scale) => scale.sum().item<float>() > 1000 ? x : x + scale;

    [Exit]
    private Tensor Final(Tensor x) => head.call(x);
}
