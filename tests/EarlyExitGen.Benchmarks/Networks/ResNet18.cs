using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace EarlyExitGen.Benchmarks.Networks;

/// <summary>ResNet-18 on 64×64 images of the size of Tiny ImageNet's, with a head after every two blocks. He et al., 2016.</summary>
[EarlyExitNetwork(Classes = 200, Input = [3, 64, 64])]
public sealed partial class ResNet18 : EarlyExitModule
{
    [Stage]
    private readonly Sequential stem = Sequential(
        Conv2d(3, 64, 7, stride: 2, padding: 3, bias: false), BatchNorm2d(64), ReLU(), MaxPool2d(3, stride: 2, padding: 1),
        new BasicBlock(64, 64), new BasicBlock(64, 64));

    [Exit(Criterion.Confidence, 0.9)] private readonly Sequential first = Sequential(AdaptiveAvgPool2d(1), Flatten(), Linear(64, 200));

    [Stage] private readonly Sequential second = Sequential(new BasicBlock(64, 128, stride: 2), new BasicBlock(128, 128));

    [Exit(Criterion.Confidence, 0.9)] private readonly Sequential early = Sequential(AdaptiveAvgPool2d(1), Flatten(), Linear(128, 200));

    [Stage] private readonly Sequential third = Sequential(new BasicBlock(128, 256, stride: 2), new BasicBlock(256, 256));

    [Exit(Criterion.Confidence, 0.9)] private readonly Sequential late = Sequential(AdaptiveAvgPool2d(1), Flatten(), Linear(256, 200));

    [Stage] private readonly Sequential fourth = Sequential(new BasicBlock(256, 512, stride: 2), new BasicBlock(512, 512));

    [Exit] private readonly Sequential final = Sequential(AdaptiveAvgPool2d(1), Flatten(), Linear(512, 200));
}
