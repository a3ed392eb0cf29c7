using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Networks;

/// <summary>Layers that make maps larger, with a shortcut across them as in a U-Net.</summary>
[EarlyExitNetwork(Classes = 3, Input = [2, 9, 7])]
public sealed partial class Enlarging : EarlyExitModule
{
    private readonly Conv2d down = Conv2d(2, 6, 3, stride: 2, padding: 1);
    private readonly ConvTranspose2d up = ConvTranspose2d(6, 4, (3, 4), stride: (2, 2), padding: (1, 1), output_padding: (0, 1), groups: 2);
    private readonly ConvTranspose2d plain = ConvTranspose2d(8, 4, 2, bias: false);
    private readonly ConvTranspose1d line = ConvTranspose1d(4, 4, 3, stride: 2, dilation: 2);
    private readonly Upsample twice = Upsample(scale_factor: [2.0, 1.5], mode: UpsampleMode.Nearest);

    [Stage]
    private Tensor Encode(Tensor x)
    {
        Tensor small = functional.relu(down.call(x));
        return cat([up.call(small).narrow(3, 0, 7), x, x], 1);
    }

    [Exit(Criterion.Confidence, 0.8)]
    private readonly Sequential early = Sequential(
        Upsample(size: [4, 4], mode: UpsampleMode.Bilinear, align_corners: true), Flatten(), Linear(128, 3));

    [Stage]
    private Tensor Decode(Tensor x)
    {
        x = twice.call(plain.call(x));
        return functional.interpolate(x, size: [9, 11], mode: InterpolationMode.Bicubic, align_corners: false).tanh();
    }

    [Exit(Criterion.Entropy, 0.4)]
    private Tensor Middle(Tensor x) => middle.call(line.call(x.flatten(2)).mean([2]));

    private readonly Linear middle = Linear(4, 3);

    [Stage]
    private readonly Sequential last = Sequential(ConvTranspose2d(4, 4, 3, stride: 2, padding: 1), BatchNorm2d(4), ReLU());

    [Exit]
    private readonly Sequential final = Sequential(AdaptiveAvgPool2d(1), Flatten(), Linear(4, 3));
}
