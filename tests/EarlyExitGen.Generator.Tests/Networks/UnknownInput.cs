using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Networks;

/// <summary>No input shape: it compiles all the same, and says what it does not know.</summary>
[EarlyExitNetwork(Classes = 3)]
public sealed partial class UnknownInput : EarlyExitModule
{
    [Stage]
    private readonly Sequential stem = Sequential(Conv2d(3, 4, 3), ReLU());

    [Exit(Criterion.Confidence, 0.6)]
    private readonly Sequential early = Sequential(AdaptiveAvgPool2d(1), Flatten(), Linear(4, 3));

    [Stage]
    private readonly Sequential body = Sequential(Conv2d(4, 4, 3), ReLU());

    [Exit]
    private readonly Sequential final = Sequential(AdaptiveAvgPool2d(2), Flatten(), Linear(16, 3));
}
