using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace EarlyExitGen.Benchmarks.Networks;

/// <summary>
/// DS-CNN for 49×10 spectrograms of keywords (Zhang et al., "Hello Edge: Keyword Spotting on Microcontrollers", 2017), with a head after
/// the second and the last pair of depthwise-separable convolutions.
/// </summary>
[EarlyExitNetwork(Classes = 12, Input = [1, 49, 10])]
public sealed partial class KeywordSpotter : EarlyExitModule
{
    [Stage]
    private readonly Sequential stem = Sequential(
        Conv2d(1, 64, (10, 4), stride: (2, 2), padding: (5, 1)), BatchNorm2d(64), ReLU(),
        Conv2d(64, 64, 3, padding: 1, groups: 64), BatchNorm2d(64), ReLU(), Conv2d(64, 64, 1), BatchNorm2d(64), ReLU(),
        Conv2d(64, 64, 3, padding: 1, groups: 64), BatchNorm2d(64), ReLU(), Conv2d(64, 64, 1), BatchNorm2d(64), ReLU());

    [Exit(Criterion.Confidence, 0.8)]
    private readonly Sequential early = Sequential(AdaptiveAvgPool2d(1), Flatten(), Linear(64, 12));

    [Stage]
    private readonly Sequential body = Sequential(
        Conv2d(64, 64, 3, padding: 1, groups: 64), BatchNorm2d(64), ReLU(), Conv2d(64, 64, 1), BatchNorm2d(64), ReLU(),
        Conv2d(64, 64, 3, padding: 1, groups: 64), BatchNorm2d(64), ReLU(), Conv2d(64, 64, 1), BatchNorm2d(64), ReLU());

    [Exit] private readonly Sequential final = Sequential(AdaptiveAvgPool2d(1), Flatten(), Linear(64, 12));
}
