using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace EarlyExitGen.Tests.Networks;

/// <summary>A small convolutional network that compiles whole: nothing in it is an ordinary call.</summary>
[EarlyExitNetwork(Classes = 10, Input = [1, 12, 12])]
public sealed partial class ThreeExits : EarlyExitModule
{
    [Stage]
    private readonly Sequential stem = Sequential(Conv2d(1, 8, 3, padding: 1), BatchNorm2d(8), ReLU(), MaxPool2d(2));

    [Exit(Criterion.Entropy, 0.3)]
    private readonly Sequential easy = Sequential(Flatten(), Linear(8 * 6 * 6, 10));

    [Stage]
    private readonly Sequential body = Sequential(Conv2d(8, 16, 3, padding: 1), BatchNorm2d(16), ReLU(), MaxPool2d(2));

    [Exit(Criterion.Margin, 0.6)]
    private readonly Sequential middle = Sequential(Flatten(), Linear(16 * 3 * 3, 10));

    [Stage]
    private readonly Sequential deep = Sequential(Conv2d(16, 16, 3, padding: 1), GELU(), Dropout());

    [Exit]
    private readonly Sequential final = Sequential(AdaptiveAvgPool2d(1), Flatten(), Linear(16, 10));
}
