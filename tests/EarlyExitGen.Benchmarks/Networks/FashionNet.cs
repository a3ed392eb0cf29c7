using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace EarlyExitGen.Benchmarks.Networks;

/// <summary>The network of examples/FashionMnist.</summary>
[EarlyExitNetwork(Classes = 10, Input = [1, 28, 28])]
public sealed partial class FashionNet : EarlyExitModule
{
    [Stage]
    private readonly Sequential stem = Sequential(
        Conv2d(1, 8, 3, padding: 1, bias: false), BatchNorm2d(8), ReLU(), MaxPool2d(2));

    [Exit(Criterion.Entropy, 0.3)] private readonly Sequential easy = Sequential(AvgPool2d(2), Flatten(), Linear(8 * 7 * 7, 10));

    [Stage]
    private readonly Sequential body = Sequential(
        Conv2d(8, 16, 3, padding: 1, bias: false), BatchNorm2d(16), ReLU(), MaxPool2d(2));

    [Exit(Criterion.Margin, 0.8)] private readonly Sequential middle = Sequential(Flatten(), Linear(16 * 7 * 7, 10));

    [Stage]
    private readonly Sequential deep = Sequential(
        Conv2d(16, 32, 3, padding: 1, bias: false), BatchNorm2d(32), ReLU(),
        Conv2d(32, 32, 3, padding: 1, bias: false), BatchNorm2d(32), ReLU());

    [Exit] private readonly Sequential final = Sequential(Flatten(), Dropout(0.2), Linear(32 * 7 * 7, 10));
}
