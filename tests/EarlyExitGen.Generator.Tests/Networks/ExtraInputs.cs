using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Networks;

/// <summary>
/// Extra inputs of every type, one with a name that needs an @, in stages, exits and a gate, in another order than they are declared, and
/// in parts that stay ordinary calls: they get copies, since they write.
/// </summary>
[EarlyExitNetwork(Classes = 3, Input = [6, 8])]
[ExtraInput("segments", 6, Type = ScalarType.Int64)]
[ExtraInput("Head", 6, Type = ScalarType.Bool)]
[ExtraInput("class", 8)]
public sealed partial class ExtraInputs : EarlyExitModule
{
    private readonly Embedding segmentEmbedding = Embedding(2, 8);
    private readonly Linear body = Linear(8, 8);
    private readonly Linear gateLinear = Linear(8, 1);
    private readonly Linear easy = Linear(8, 3);
    private readonly Linear middle = Linear(8, 3);
    private readonly Linear final = Linear(8, 3);

    [Stage]
    private Tensor Embed(Tensor x, Tensor segments) => x + segmentEmbedding.call(segments);

    private Tensor Gate(Tensor x, Tensor @class) => gateLinear.call(x.mean([1]) + @class);

    [Exit(Criterion.Gate, 0.5, Gate = nameof(Gate))]
    private Tensor Easy(Tensor x, Tensor Head)
    {
        Tensor kept = Head.to(ScalarType.Float32).unsqueeze(-1);
        return easy.call((x * kept).sum([1]));
    }

    [Stage]
    private Tensor Body(Tensor x, Tensor @class, Tensor Head)
    {
        Tensor y = body.call(x).masked_fill(Head.logical_not().unsqueeze(-1), 0.5);
        return y + @class.unsqueeze(1);
    }

    // Not compiled: it writes over what is the caller's.
    [Exit(Criterion.Entropy, 0.2)]
    private Tensor Middle(Tensor x, Tensor @class)
    {
        @class.mul_(2);
        return middle.call(x.mean([1]) + @class);
    }

    // Nor is a branch on the data.
    [Stage]
    private Tensor Branch(Tensor x, Tensor segments, Tensor @class) =>
        segments.sum().item<long>() > 1_000_000 ? x : x * @class.unsqueeze(1);

    [Exit]
    private Tensor Final(Tensor x) => final.call(x.mean([1]));
}
