using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace EarlyExitGen.Benchmarks.Networks;

/// <summary>Three 3×3 convolutions on 28×28 grey images, a linear head after each.</summary>
[EarlyExitNetwork(Classes = 10, Input = [1, 28, 28])]
public sealed partial class ThreeStageCnn : EarlyExitModule
{
    [Stage] private readonly Sequential stem = Sequential(Conv2d(1, 32, 3, padding: 1), ReLU(), MaxPool2d(2));

    [Exit(Criterion.Entropy, 0.3)] private readonly Sequential easy = Sequential(Flatten(), Linear(32 * 14 * 14, 10));

    [Stage] private readonly Sequential body = Sequential(Conv2d(32, 64, 3, padding: 1), ReLU(), MaxPool2d(2));

    [Exit(Criterion.Entropy, 0.3)] private readonly Sequential middle = Sequential(Flatten(), Linear(64 * 7 * 7, 10));

    [Stage] private readonly Sequential deep = Sequential(Conv2d(64, 128, 3, padding: 1), ReLU(), MaxPool2d(2));

    [Exit] private readonly Sequential final = Sequential(Flatten(), Linear(128 * 3 * 3, 10));
}
