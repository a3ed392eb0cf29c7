using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Networks;

/// <summary>Depthwise-separable convolutions in nested and named sequences, declared as properties.</summary>
[EarlyExitNetwork(Classes = Classes, Input = [3, 32, 32])]
internal partial class Mobile : EarlyExitModule
{
    private const int Classes = 7;
    private const int Width = 8;

    [Stage]
    public Sequential Stem { get; } = Sequential(
        ("conv", Conv2d(3, Width, 3, stride: 2, padding: 1, bias: false)),
        ("norm", BatchNorm2d(Width)),
        ("act", ReLU6()));

    [Exit(threshold: 0.75, criterion: Criterion.Confidence)]
    public Sequential Early { get; } = Sequential(AdaptiveAvgPool2d(1), Flatten(), Linear(Width, Classes));

    [Stage]
    public Sequential Body { get; private set; } = Sequential(
        ("depthwise", Sequential(Conv2d(Width, Width, 3, padding: 1, groups: Width, bias: false), BatchNorm2d(Width), ReLU6())),
        ("point-wise", Sequential(Conv2d(Width, 2 * Width, 1, bias: false), BatchNorm2d(2 * Width), ReLU6())),
        ("empty", Sequential()));

    [Exit]
    internal Sequential Final { get; } = Sequential(AdaptiveAvgPool2d(1), Flatten(), Dropout(), Linear(2 * Width, Classes));
}
