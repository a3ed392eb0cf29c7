using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Networks;

/// <summary>One-dimensional layers: strides, dilation, groups, every pooling.</summary>
[EarlyExitNetwork(Classes = 5, Input = [4, 64])]
public sealed partial class KeywordSpotter : EarlyExitModule
{
    [Stage]
    private readonly Sequential stem = Sequential(
        Conv1d(4, 8, 5, stride: 2, padding: 2, bias: false), BatchNorm1d(8), SiLU(), MaxPool1d(3, stride: 2, padding: 1));

    [Exit(Criterion.Confidence, 0.8)]
    private readonly Sequential early = Sequential(AdaptiveAvgPool1d(2), Flatten(), Linear(16, 5));

    [Stage]
    private readonly Sequential body = Sequential(
        Conv1d(8, 12, 3, padding: 2, dilation: 2, groups: 4), BatchNorm1d(12, affine: false), Hardswish(),
        AvgPool1d(2, padding: 1, count_include_pad: false));

    [Exit]
    private readonly Sequential final = Sequential(Flatten(), Linear(12 * 9, 16), BatchNorm1d(16), Tanh(), Linear(16, 5, hasBias: false));
}
