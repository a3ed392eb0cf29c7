using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Networks;

/// <summary>Masks in every way: turned round, combined, of comparisons, and filling in place.</summary>
[EarlyExitNetwork(Classes = 3, Input = [6, 8])]
[ExtraInput("known", 6, Type = ScalarType.Bool)]
[ExtraInput("segments", 6, Type = ScalarType.Int64)]
[ExtraInput("seen", 6, 8, Type = ScalarType.Bool)]
public sealed partial class Masks : EarlyExitModule
{
    private readonly Linear project = Linear(8, 8);
    private readonly Linear scores = Linear(8, 1);
    private readonly Linear early = Linear(8, 3);
    private readonly Linear final = Linear(8, 3);

    [Stage]
    private Tensor Hide(Tensor x, Tensor seen, Tensor known)
    {
        Tensor y = project.call(x);
        y.masked_fill_(~seen | known.logical_not().unsqueeze(-1), 0.25);
        return y + x.masked_fill(seen & known.unsqueeze(-1), -1);
    }

    [Exit(Criterion.Entropy, 0.4)]
    private Tensor Early(Tensor x, Tensor segments, Tensor known)
    {
        Tensor isFirst = (segments == 0).logical_and(known);
        return early.call((x * isFirst.to(ScalarType.Float32).unsqueeze(-1)).mean([1]));
    }

    [Stage]
    private Tensor Attend(Tensor x, Tensor segments, Tensor known)
    {
        Tensor weights = scores.call(x).squeeze(-1);
        Tensor hidden = logical_or(segments.ne(1), known.bitwise_not()) ^ known;
        hidden |= segments == 2;
        return x * weights.masked_fill_(hidden, -1e9).softmax(1).unsqueeze(-1);
    }

    [Exit]
    private Tensor Final(Tensor x, Tensor seen)
    {
        Tensor y = x * 2;
        y.masked_fill_(seen.bitwise_or(~seen).logical_xor(seen), 0);
        return final.call(y.sum([1]));
    }
}
