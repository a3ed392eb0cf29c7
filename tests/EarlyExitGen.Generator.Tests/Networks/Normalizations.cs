using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Networks;

/// <summary>Normalisations that fold into the layer before them, and those that can't.</summary>
[EarlyExitNetwork(Classes = 3, Input = [4, 6, 6])]
public sealed partial class Normalizations : EarlyExitModule
{
    private const double Epsilon = 1e-3;

    [Stage]
    private readonly Sequential stem = Sequential(
        BatchNorm2d(4), Conv2d(4, 8, 3), BatchNorm2d(8, eps: Epsilon), GroupNorm(2, 8), ReLU(), BatchNorm2d(8, affine: false));

    [Exit(Criterion.Entropy, 0.5)]
    private readonly Sequential early = Sequential(Flatten(), LayerNorm(128), Linear(128, 12), BatchNorm1d(12), Linear(12, 3));

    [Stage]
    private readonly Sequential body = Sequential(
        LayerNorm([8L, 4L, 4L], eps: Epsilon, elementwise_affine: false), GroupNorm(4, 8, eps: Epsilon, affine: false), Dropout(0.3));

    [Exit]
    private readonly Sequential final = Sequential(Flatten(), LayerNorm(128, bias: false), Identity(), Linear(128, 3));
}
