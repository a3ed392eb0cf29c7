using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Networks;

/// <summary>Every way to pad a convolution.</summary>
[EarlyExitNetwork(Classes = 3, Input = [2, 9, 7])]
public sealed partial class Paddings : EarlyExitModule
{
    [Stage]
    private readonly Sequential reflect = Sequential(Conv2d(2, 3, 3, padding: 1, padding_mode: PaddingModes.Reflect));

    [Exit(Criterion.Confidence, 0.9)]
    private readonly Sequential replicate = Sequential(
        Conv2d(3, 3, (3, 5), padding: (1, 2), padding_mode: PaddingModes.Replicate), AdaptiveAvgPool2d(1), Flatten());

    [Stage]
    private readonly Sequential circular = Sequential(
        Conv2d(3, 4, (3, 1), stride: (2, 1), padding: (1, 0), padding_mode: PaddingModes.Circular), ReLU());

    [Exit(Criterion.Confidence, 0.8)]
    private readonly Sequential same = Sequential(Conv2d(4, 3, (2, 3), Padding.Same), AdaptiveAvgPool2d((1, 1)), Flatten());

    [Stage]
    private readonly Sequential valid = Sequential(Conv2d(4, 5, 2, Padding.Valid), Conv2d(5, 5, 3, Padding.Same, dilation: 2));

    [Exit]
    private readonly Sequential final = Sequential(AdaptiveAvgPool2d([2L, 3L]), Flatten(), Linear(30, 3));
}
