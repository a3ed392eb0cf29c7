using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Networks;

/// <summary>Several labels, each of which holds or does not.</summary>
[EarlyExitNetwork(Classes = 3, Input = [5], Output = OutputKind.MultiLabel, Fallback = Fallback.MostConfident)]
public sealed partial class MultiLabel : EarlyExitModule
{
    [Stage]
    private readonly Sequential first = Sequential(Linear(5, 6), ReLU());

    [Exit(Criterion.Confidence, 0.8)]
    private readonly Linear one = Linear(6, 3);

    [Stage]
    private readonly Sequential second = Sequential(Linear(6, 7), ReLU());

    [Exit(Criterion.Patience, 2)]
    private readonly Linear two = Linear(7, 3);

    [Stage]
    private readonly Sequential last = Sequential(Linear(7, 10), ReLU());

    [Exit]
    private readonly Linear final = Linear(10, 3);
}
