using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Networks;

/// <summary>Every activation that the compiler knows, over features that it may and may not overwrite.</summary>
[EarlyExitNetwork(Classes = 4, Input = [6])]
public sealed partial class Activations : EarlyExitModule
{
    [Stage]
    private readonly Sequential first = Sequential(
        ReLU(), Linear(6, 8), ReLU(), Linear(8, 8), ReLU6(), Linear(8, 8), LeakyReLU(0.2), Linear(8, 8), GELU(), Linear(8, 8));

    [Exit(Criterion.Entropy, 0.9)]
    private readonly Sequential overwrites = Sequential(Tanh(), Linear(8, 4), Tanh());

    [Stage]
    private readonly Sequential second = Sequential(
        SiLU(), Linear(8, 8), Hardswish(), Linear(8, 8), Hardsigmoid(), Linear(8, 8), Sigmoid(), Linear(8, 8), Tanh(), Linear(8, 8),
        GELU(TorchSharp.Modules.GELU.Approximate.tanh), Linear(8, 8), LeakyReLU());

    [Exit]
    private readonly Sequential final = Sequential(Linear(8, 4));
}
