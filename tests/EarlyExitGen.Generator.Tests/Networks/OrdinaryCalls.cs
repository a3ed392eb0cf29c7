using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Networks;

/// <summary>What the compiler does not understand: modules of the author's own, methods, and a module that a constructor assigns.</summary>
[EarlyExitNetwork(Classes = 3, Input = [4])]
public sealed partial class OrdinaryCalls : EarlyExitModule
{
    [Stage]
    private readonly Sequential mixed = Sequential(Linear(4, 6), new Doubling(), ReLU());

    [Exit(Criterion.Margin, 0.5)]
    private Tensor Early(Tensor features) => functional.linear(features, weight);

    [Stage]
    private readonly Linear late;

    private readonly Parameter weight = Parameter(ones(3, 6) * 0.1);

    [Stage]
    private static Tensor Shift(Tensor features)
    {
        return features + 1;
    }

    [Exit]
    private readonly Linear? final = Linear(6, 3);

    public OrdinaryCalls()
    {
        late = Linear(6, 6);
        RegisterComponents();
    }

    private sealed class Doubling() : Module<Tensor, Tensor>(nameof(Doubling))
    {
        public override Tensor forward(Tensor input) => input * 2;
    }
}
