using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace EarlyExitGen.Benchmarks.Networks;

/// <summary>ResNet-8 on 32×32 colour images: one block each of 16, 32 and 64 channels, a head after each.</summary>
[EarlyExitNetwork(Classes = 10, Input = [3, 32, 32])]
public sealed partial class ResNet8 : EarlyExitModule
{
    [Stage]
    private readonly Sequential stem = Sequential(
        Conv2d(3, 16, 3, padding: 1, bias: false), BatchNorm2d(16), ReLU(), new BasicBlock(16, 16));

    [Exit(Criterion.Entropy, 0.3)] private readonly Sequential easy = Sequential(AdaptiveAvgPool2d(1), Flatten(), Linear(16, 10));

    [Stage] private readonly BasicBlock body = new(16, 32, stride: 2);

    [Exit(Criterion.Entropy, 0.3)] private readonly Sequential middle = Sequential(AdaptiveAvgPool2d(1), Flatten(), Linear(32, 10));

    [Stage] private readonly BasicBlock deep = new(32, 64, stride: 2);

    [Exit] private readonly Sequential final = Sequential(AdaptiveAvgPool2d(1), Flatten(), Linear(64, 10));
}
