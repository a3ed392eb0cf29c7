using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Networks;

/// <summary>Poolings of odd sizes: ceil mode, dilation, padding that does not count, a divisor.</summary>
[EarlyExitNetwork(Classes = 3, Input = [3, 13, 11])]
public sealed partial class Poolings : EarlyExitModule
{
    [Stage]
    private readonly Sequential max = Sequential(
        MaxPool2d(3, stride: 2, padding: 1, ceil_mode: true), Conv2d(3, 4, 1), MaxPool2d((2, 3), (1, 2), dilation: (2, 1)));

    [Exit(Criterion.Margin, 0.7)]
    private readonly Sequential early = Sequential(AvgPool2d(2, stride: 1, padding: 1, count_include_pad: false), Flatten(), Linear(72, 3));

    [Stage]
    private readonly Sequential average = Sequential(AvgPool2d((3, 2), (2, 1), (1, 1), ceil_mode: true, divisor_override: 5), ReLU());

    [Exit]
    private readonly Sequential final = Sequential(Flatten(start_dim: 2), Flatten(1, -1), Linear(36, 3));
}
