using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Networks;

/// <summary>Patience alone and beside other conditions, and the most confident exit for what nothing let go.</summary>
[EarlyExitNetwork(Classes = 3, Input = [5], Fallback = Fallback.MostConfident)]
public sealed partial class Patience : EarlyExitModule
{
    [Stage]
    private readonly Sequential first = Sequential(Linear(5, 6), ReLU());

    [Exit(Criterion.Entropy, 0.2)]
    private readonly Linear one = Linear(6, 3);

    [Stage]
    private readonly Sequential second = Sequential(Linear(6, 7), ReLU());

    [Exit(Criterion.Patience, 2)]
    private readonly Linear two = Linear(7, 3);

    [Stage]
    private readonly Sequential third = Sequential(Linear(7, 8), ReLU());

    [Exit(Criterion.Confidence, 0.8)]
    [ExitCondition(Criterion.Patience, 2)]
    [ExitCondition(Criterion.Margin, 0.4)]
    private readonly Linear three = Linear(8, 3);

    [Stage]
    private readonly Sequential fourth = Sequential(Linear(8, 9), ReLU());

    [Exit(Criterion.Entropy, 0.3, Combination = Combination.Any)]
    [ExitCondition(Criterion.Margin, 0.9)]
    private readonly Linear four = Linear(9, 3);

    [Stage]
    private readonly Sequential last = Sequential(Linear(9, 10), ReLU());

    [Exit]
    private readonly Linear final = Linear(10, 3);
}
