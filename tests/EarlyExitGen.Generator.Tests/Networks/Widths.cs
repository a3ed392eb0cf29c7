using System.Collections.Generic;
using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Networks;

/// <summary>Widths that only the constructor's caller knows: the Torch pipeline takes them from the weights.</summary>
[EarlyExitNetwork(Classes = 4, Input = [2, 8, 8])]
public sealed partial class Widths : EarlyExitModule
{
    private readonly Sequential body;

    public Widths(int width = 6, double dropout = 0.2)
    {
        List<Module<Tensor, Tensor>> layers = [];
        for (int depth = 0; depth < 2; depth++)
        {
            layers.Add(Conv2d(depth == 0 ? 2 : width, width, 3, padding: 1));
            layers.Add(BatchNorm2d(width));
            layers.Add(SiLU());
        }

        body = Sequential(layers);
        Early = Sequential(AdaptiveAvgPool2d(1), Flatten(), Dropout(dropout), Linear(width, 4));
        RegisterComponents();
    }

    [Stage]
    private Tensor Features(Tensor x) => body.call(x);

    [Exit(Criterion.Margin, 0.5)]
    private Sequential Early { get; }

    [Stage]
    private Tensor Grow(Tensor x)
    {
        List<Tensor> all = [x];
        for (int step = 1; step <= 2; step++) all.Add(functional.max_pool2d(x, 3, stride: 1, padding: 1) * step);
        return cat(all, 1);
    }

    [Exit]
    private Tensor Final(Tensor x) => functional.adaptive_avg_pool2d(x, 2).flatten(1).narrow(1, 0, 4);
}
