using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Networks;

/// <summary>Activations that have weights, or numbers that only a kernel of their own takes on the CPU.</summary>
[EarlyExitNetwork(Classes = 4, Input = [3, 6, 6])]
public sealed partial class PReLUs : EarlyExitModule
{
    [Stage]
    private readonly Sequential first = Sequential(PReLU(3), Conv2d(3, 8, 3), PReLU(8, 0.1), Conv2d(8, 8, 3), PReLU(1));

    [Exit(Criterion.Entropy, 0.9)]
    private readonly Sequential early = Sequential(Threshold(0.1, -0.2), AdaptiveAvgPool2d(1), Flatten(), Linear(8, 4));

    [Exit]
    private readonly Sequential final = Sequential(
        Flatten(), Softplus(beta: 2, threshold: 1), Linear(32, 8), PReLU(8), Hardtanh(-0.4, 0.3, inplace: true), Linear(8, 4));
}
