using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Networks;

/// <summary>Exits that answer together with those before them.</summary>
[EarlyExitNetwork(Classes = 3, Input = [5], EnsembleWeights = [1, 2, 1.5])]
public sealed partial class Ensemble : EarlyExitModule
{
    [Stage]
    private readonly Sequential first = Sequential(Linear(5, 6), ReLU());

    [Exit(Criterion.Confidence, 0.8)]
    private readonly Linear one = Linear(6, 3);

    [Stage]
    private readonly Sequential second = Sequential(Linear(6, 7), ReLU());

    [Exit(Criterion.Confidence, 0.7)]
    [ExitCondition(Criterion.Patience, 2)]
    private readonly Linear two = Linear(7, 3);

    [Stage]
    private readonly Sequential last = Sequential(Linear(7, 10), ReLU());

    [Exit]
    private readonly Linear final = Linear(10, 3);
}
