using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Networks;

/// <summary>Every criterion of the library that scores an exit's own logits.</summary>
[EarlyExitNetwork(Classes = 3, Input = [5])]
public sealed partial class LogitCriteria : EarlyExitModule
{
    [Stage]
    private readonly Sequential first = Sequential(Linear(5, 6), ReLU());

    [Exit(Criterion.Confidence, 0.9)]
    private readonly Linear sure = Linear(6, 3);

    [Exit(Criterion.Margin, 0.6)]
    private readonly Sequential clear = Sequential(Linear(6, 4), ReLU(), Linear(4, 3));

    [Stage]
    private readonly Sequential second = Sequential(Linear(6, 7), ReLU());

    [Exit(Criterion.Entropy, 0.3)]
    private readonly Linear orderly = Linear(7, 3);

    [Stage]
    private readonly Sequential third = Sequential(Linear(7, 8), ReLU());

    [Exit(Criterion.NormalizedEntropy, 0.25)]
    private readonly Linear quiet = Linear(8, 3);

    [Stage]
    private readonly Sequential fourth = Sequential(Linear(8, 9), ReLU());

    [Exit(Criterion.Energy, -4.5)]
    private readonly Linear familiar = Linear(9, 3);

    [Stage]
    private readonly Sequential last = Sequential(Linear(9, 10), ReLU());

    [Exit]
    private readonly Linear final = Linear(10, 3);
}
