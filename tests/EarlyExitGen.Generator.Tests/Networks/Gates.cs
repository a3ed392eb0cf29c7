using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Networks;

/// <summary>Gates on the features of a stage, one of them a method and so an ordinary call.</summary>
[EarlyExitNetwork(Classes = 4, Input = [2, 6, 6])]
public sealed partial class Gates : EarlyExitModule
{
    [Stage]
    private readonly Sequential stem = Sequential(Conv2d(2, 4, 3, padding: 1), BatchNorm2d(4), ReLU());

    [Exit(Criterion.Gate, 0.5, Gate = nameof(haltEasy))]
    private readonly Sequential easy = Sequential(AdaptiveAvgPool2d(1), Flatten(), Linear(4, 4));

    private readonly Sequential haltEasy = Sequential(AdaptiveAvgPool2d(1), Flatten(), Linear(4, 1));

    [Stage]
    private readonly Sequential body = Sequential(Conv2d(4, 6, 3, padding: 1), ReLU());

    [Exit(Criterion.Entropy, 0.4, Gate = nameof(HaltMiddle), Combination = Combination.Any)]
    [ExitCondition(Criterion.Gate, 0.6)]
    private readonly Sequential middle = Sequential(AdaptiveAvgPool2d(1), Flatten(), Linear(6, 4));

    private readonly Linear halt = Linear(6, 1);

    [Stage]
    private readonly Sequential deep = Sequential(Conv2d(6, 6, 3, padding: 1), ReLU());

    [Exit]
    private readonly Sequential final = Sequential(AdaptiveAvgPool2d(1), Flatten(), Linear(6, 4));

    private Tensor HaltMiddle(Tensor x) => halt.call(x.mean([2L, 3L])).squeeze(1);
}
