using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace EarlyExitGen.Lab.Tests.Training;

/// <summary>A gate on a first exit that can only tell some inputs.</summary>
[EarlyExitNetwork(Classes = 3, Input = [6])]
public sealed partial class GatedNet : EarlyExitModule
{
    [Stage]
    private readonly Sequential stem = Sequential(Linear(6, 16), ReLU());

    [Exit(Criterion.Gate, 0.5, Gate = nameof(halt))]
    private readonly Linear early = Linear(16, 3);

    private readonly Sequential halt = Sequential(Linear(16, 16), ReLU(), Linear(16, 1));

    [Stage]
    private readonly Sequential body = Sequential(Linear(16, 24), ReLU());

    [Exit]
    private readonly Linear last = Linear(24, 3);
}

/// <summary>Two gates with all that a run has to keep straight: dropout and running statistics within gates and beside them.</summary>
[EarlyExitNetwork(Classes = 3, Input = [6])]
public sealed partial class TwoGatesNet : EarlyExitModule
{
    [Stage]
    private readonly Sequential stem = Sequential(Linear(6, 12), BatchNorm1d(12), ReLU(), Dropout(0.2));

    [Exit(Criterion.Gate, 0.5, Gate = nameof(haltEarly))]
    private readonly Linear early = Linear(12, 3);

    private readonly Sequential haltEarly = Sequential(Linear(12, 8), BatchNorm1d(8), ReLU(), Dropout(0.2), Linear(8, 1));

    [Stage]
    private readonly Sequential body = Sequential(Linear(12, 12), ReLU());

    [Exit(Criterion.Gate, 0.5, Gate = nameof(haltMiddle))]
    private readonly Linear middle = Linear(12, 3);

    private readonly Linear haltMiddle = Linear(12, 1);

    [Stage]
    private readonly Sequential deep = Sequential(Linear(12, 12), ReLU());

    [Exit]
    private readonly Linear last = Linear(12, 3);
}

/// <summary>A gate that reads the features by a module of the backbone.</summary>
[EarlyExitNetwork(Classes = 3, Input = [6])]
public sealed partial class SharedGateNet : EarlyExitModule
{
    private readonly Linear shared = Linear(6, 6);

    [Stage]
    private Tensor First(Tensor input) => shared.call(input);

    [Exit(Criterion.Gate, 0.5, Gate = nameof(Halt))]
    private readonly Linear early = Linear(6, 3);

    [Stage]
    private readonly Linear body = Linear(6, 6);

    [Exit]
    private readonly Linear last = Linear(6, 3);

    private Tensor Halt(Tensor features) => shared.call(features).sum(1);
}

/// <summary>Two quantities.</summary>
[EarlyExitNetwork(Classes = 2, Input = [6], Output = OutputKind.Regression, AgreementTolerance = 0.4)]
public sealed partial class QuantityNet : EarlyExitModule
{
    [Stage]
    private readonly Sequential stem = Sequential(Linear(6, 16), ReLU());

    [Exit(Criterion.Gate, 0.5, Gate = nameof(halt))]
    private readonly Linear early = Linear(16, 2);

    private readonly Linear halt = Linear(16, 1);

    [Stage]
    private readonly Sequential body = Sequential(Linear(16, 16), ReLU());

    [Exit]
    private readonly Linear last = Linear(16, 2);
}

/// <summary>Two labels.</summary>
[EarlyExitNetwork(Classes = 2, Input = [6], Output = OutputKind.MultiLabel)]
public sealed partial class LabelsNet : EarlyExitModule
{
    [Stage]
    private readonly Sequential stem = Sequential(Linear(6, 16), ReLU());

    [Exit(Criterion.Confidence, 0.8)]
    private readonly Linear early = Linear(16, 2);

    [Stage]
    private readonly Sequential body = Sequential(Linear(16, 16), ReLU());

    [Exit]
    private readonly Linear last = Linear(16, 2);
}
