using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Networks;

/// <summary>Quantities instead of classes.</summary>
[EarlyExitNetwork(Classes = 2, Input = [5], Output = OutputKind.Regression, AgreementTolerance = 0.25)]
public sealed partial class Regression : EarlyExitModule
{
    [Stage]
    private readonly Sequential first = Sequential(Linear(5, 6), ReLU());

    [Exit(Criterion.Gate, 0.9, Gate = nameof(halt))]
    private readonly Linear one = Linear(6, 2);

    private readonly Linear halt = Linear(6, 1);

    [Stage]
    private readonly Sequential second = Sequential(Linear(6, 7), ReLU());

    [Exit(Criterion.Patience, 2)]
    private readonly Linear two = Linear(7, 2);

    [Stage]
    private readonly Sequential last = Sequential(Linear(7, 10), ReLU());

    [Exit]
    private readonly Linear final = Linear(10, 2);
}
