using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Networks;

/// <summary>Heads that overwrite the features which the stages below them read: the compiled code must do as TorchSharp does.</summary>
[EarlyExitNetwork(Classes = 3, Input = [2, 4, 4])]
public sealed partial class InPlace : EarlyExitModule
{
    [Stage]
    private readonly Sequential stem = Sequential(Conv2d(2, 4, 3, padding: 1), LeakyReLU(0.1, inplace: true));

    [Exit(Criterion.Margin, 0.5)]
    private readonly Sequential overwritesFeatures = Sequential(ReLU(inplace: true), Flatten(), Linear(64, 3));

    [Exit(Criterion.Margin, 0.4)]
    private readonly Sequential overwritesView = Sequential(Flatten(), Sigmoid(inplace: true), Linear(64, 3));

    [Stage]
    private readonly Sequential body = Sequential(Conv2d(4, 4, 1), GELU(inplace: true));

    [Exit]
    private readonly Sequential final = Sequential(Flatten(), Linear(64, 3));
}
