using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Networks;

/// <summary>Comparisons with numbers and with tensors, in every way, and what is done with the masks that they give.</summary>
[EarlyExitNetwork(Classes = 3, Input = [6, 8])]
[ExtraInput("ids", 6, Type = ScalarType.Int64)]
[ExtraInput("others", 6, Type = ScalarType.Int64)]
[ExtraInput("weights", 6)]
public sealed partial class Comparisons : EarlyExitModule
{
    private readonly Parameter bounds = Parameter(randn(8));
    private readonly Parameter filling = Parameter(randn(6, 1));
    private readonly Tensor offsets = arange(8);
    private readonly Linear early = Linear(8, 3);
    private readonly Linear final = Linear(8, 3);
    private readonly Floor floor = new();

    [Stage]
    private Tensor Limit(Tensor x)
    {
        Tensor y = where((x > 0.5) | (-1.25f >= x), filling, x);
        return y.masked_fill(0.25 < x & x <= 0.5f, -0.5) + (x < bounds).to(ScalarType.Float32) - (2 >= offsets).to(ScalarType.Float32);
    }

    [Exit(Criterion.Entropy, 0.4)]
    private Tensor Early(Tensor x, Tensor ids, Tensor others, Tensor weights)
    {
        Tensor kept = ids.lt(others) ^ (ids == others) | ids.@bool() & others.ge(1);
        Tensor weighed = weights.to(ScalarType.Bool).logical_and(not_equal(ids, others).logical_not());
        return early.call((x * (kept | weighed).to(ScalarType.Float32).unsqueeze(-1)).sum([1]));
    }

    [Stage]
    private Tensor Raise(Tensor x)
    {
        Tensor y = Larger(floor.call(x), x.mean([1], keepdim: true));
        y = torch.where(y <= -0.5f, full_like(y, -0.5), y) + torch.where(x >= 0, x, zeros_like(x));
        return y.where(y < 2, tensor(2.0f));
    }

    [Exit]
    private Tensor Final(Tensor x, Tensor ids)
    {
        Tensor y = x * 2;
        y.masked_fill_((ids != 3).unsqueeze(-1) & (bounds.greater(filling) | bounds.le(-filling)), 0.1);
        y.masked_fill_(less_equal(bounds, 0).expand(y.shape[0], 6, 8), -0.1);
        return final.call(y.mean([1]));
    }

    // Where rounding turns the comparison round, both are the same but for that rounding.
    private static Tensor Larger(Tensor x, Tensor y) => torch.where(x.greater_equal(y), x, y);

    private sealed class Floor : Module<Tensor, Tensor>
    {
        private readonly Parameter levels = Parameter(randn(6, 8) * 0.5);

        public Floor()
            : base(nameof(Floor)) => RegisterComponents();

        public override Tensor forward(Tensor input) => input.where(input > levels, levels).masked_fill(less(input, -3), -3);
    }
}
