using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Networks;

/// <summary>Heads and stages that begin alike: what they do first is done once, unless one of them overwrites it.</summary>
[EarlyExitNetwork(Classes = 4, Input = [1, 12, 12])]
public sealed partial class SharedBeginnings : EarlyExitModule
{
    [Stage] private readonly Sequential stem = Sequential(Conv2d(1, 5, 3, padding: 2));

    [Exit(Criterion.Entropy, 0.4)]
    private readonly Sequential branch = Sequential(
        MaxPool2d(2, ceil_mode: true), ReLU(inplace: true), Conv2d(5, 6, 3), Flatten(), Linear(150, 4));

    [Stage]
    private readonly Sequential trunk = Sequential(MaxPool2d(2, ceil_mode: true), ReLU(inplace: true), Conv2d(5, 8, 3, padding: 1));

    [Exit(Criterion.Margin, 0.6)]
    private readonly Sequential overwriting = Sequential(AvgPool2d(2), LeakyReLU(0.1, inplace: true), Flatten(), Linear(72, 4));

    [Stage] private readonly Sequential deep = Sequential(AvgPool2d(2), Conv2d(8, 8, 2));

    [Exit] private readonly Sequential final = Sequential(Flatten(), Linear(32, 4));
}
