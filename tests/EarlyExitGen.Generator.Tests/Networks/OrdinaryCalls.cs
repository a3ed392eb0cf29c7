using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Networks;

/// <summary>What the compiler does not understand: operations that it does not know, and a module that a method may replace.</summary>
[EarlyExitNetwork(Classes = 3, Input = [4])]
public sealed partial class OrdinaryCalls : EarlyExitModule
{
    [Stage]
    private readonly Sequential mixed = Sequential(Linear(4, 6), new Cubing(), ReLU());

    [Exit(Criterion.Margin, 0.5)]
    private Tensor Early(Tensor features) => functional.linear(features, weight.fmod(2));

    [Stage]
    private Linear late = Linear(6, 6);

    private readonly Parameter weight = Parameter(ones(3, 6) * 0.1);

    [Stage]
    private static Tensor Shift(Tensor features)
    {
        return features.erf();
    }

    [Exit]
    private readonly Linear? final = Linear(6, 3);

    public void Restart() => late = Linear(6, 6);

    private sealed class Cubing() : Module<Tensor, Tensor>(nameof(Cubing))
    {
        public override Tensor forward(Tensor input) => input.pow(full_like(input, 3));
    }
}
