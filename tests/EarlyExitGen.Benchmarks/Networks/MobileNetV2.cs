using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace EarlyExitGen.Benchmarks.Networks;

/// <summary>MobileNetV2 at half width on 96×96 colour images, with heads on 12×12, 6×6 and 3×3 pixels.</summary>
[EarlyExitNetwork(Classes = 10, Input = [3, 96, 96])]
public sealed partial class MobileNetV2 : EarlyExitModule
{
    [Stage]
    private readonly Sequential low = Sequential(
        Conv2d(3, 16, 3, stride: 2, padding: 1, bias: false), BatchNorm2d(16), ReLU6(),
        new InvertedResidual(16, 8, expansion: 1),
        new InvertedResidual(8, 16, expansion: 6, stride: 2), new InvertedResidual(16, 16, expansion: 6),
        new InvertedResidual(16, 16, expansion: 6, stride: 2), new InvertedResidual(16, 16, expansion: 6),
        new InvertedResidual(16, 16, expansion: 6));

    [Exit(Criterion.Confidence, 0.9)] private readonly Sequential early = Sequential(AdaptiveAvgPool2d(1), Flatten(), Linear(16, 10));

    [Stage]
    private readonly Sequential middle = Sequential(
        new InvertedResidual(16, 32, expansion: 6, stride: 2), new InvertedResidual(32, 32, expansion: 6),
        new InvertedResidual(32, 32, expansion: 6), new InvertedResidual(32, 32, expansion: 6),
        new InvertedResidual(32, 48, expansion: 6), new InvertedResidual(48, 48, expansion: 6),
        new InvertedResidual(48, 48, expansion: 6));

    [Exit(Criterion.Confidence, 0.9)] private readonly Sequential late = Sequential(AdaptiveAvgPool2d(1), Flatten(), Linear(48, 10));

    [Stage]
    private readonly Sequential high = Sequential(
        new InvertedResidual(48, 80, expansion: 6, stride: 2), new InvertedResidual(80, 80, expansion: 6),
        new InvertedResidual(80, 80, expansion: 6), new InvertedResidual(80, 160, expansion: 6),
        Conv2d(160, 640, 1, bias: false), BatchNorm2d(640), ReLU6());

    [Exit] private readonly Sequential final = Sequential(AdaptiveAvgPool2d(1), Flatten(), Linear(640, 10));
}
