using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace EarlyExitGen.Tests.Rules;

/// <summary>Patience alone, with others of which all must hold, and with others of which one is enough.</summary>
[EarlyExitNetwork(Classes = 3, Input = [5])]
public sealed partial class PatientNet : EarlyExitModule
{
    [Stage]
    private readonly Sequential first = Sequential(Linear(5, 8), ReLU());

    [Exit(Criterion.Energy, -2)]
    private readonly Linear one = Linear(8, 3);

    [Stage]
    private readonly Sequential second = Sequential(Linear(8, 8), ReLU());

    [Exit(Criterion.Patience, 2)]
    private readonly Linear two = Linear(8, 3);

    [Stage]
    private readonly Sequential third = Sequential(Linear(8, 8), ReLU());

    [Exit(Criterion.Confidence, 0.5)]
    [ExitCondition(Criterion.Patience, 2)]
    private readonly Linear three = Linear(8, 3);

    [Stage]
    private readonly Sequential fourth = Sequential(Linear(8, 8), ReLU());

    [Exit(Criterion.Patience, 3, Combination = Combination.Any)]
    [ExitCondition(Criterion.NormalizedEntropy, 0.5)]
    private readonly Linear four = Linear(8, 3);

    [Stage]
    private readonly Sequential last = Sequential(Linear(8, 8), ReLU());

    [Exit]
    private readonly Linear final = Linear(8, 3);
}

/// <summary>Exits that answer together, and the most confident of them for what nothing let go.</summary>
[EarlyExitNetwork(Classes = 12, Input = [5], EnsembleWeights = [1, 0.5, 2, 1], Fallback = Fallback.MostConfident)]
public sealed partial class EnsembleNet : EarlyExitModule
{
    [Stage]
    private readonly Sequential first = Sequential(Linear(5, 8), ReLU());

    [Exit(Criterion.Confidence, 0.4)]
    private readonly Linear one = Linear(8, 12);

    [Stage]
    private readonly Sequential second = Sequential(Linear(8, 8), ReLU());

    [Exit(Criterion.Entropy, 1.5)]
    private readonly Linear two = Linear(8, 12);

    [Exit(Criterion.Margin, 0.3)]
    [ExitCondition(Criterion.Patience, 2)]
    private readonly Linear twoAgain = Linear(8, 12);

    [Stage]
    private readonly Sequential last = Sequential(Linear(8, 8), ReLU());

    [Exit]
    private readonly Linear final = Linear(8, 12);
}

/// <summary>Gates.</summary>
[EarlyExitNetwork(Classes = 4, Input = [5])]
public sealed partial class GatedNet : EarlyExitModule
{
    [Stage]
    private readonly Sequential first = Sequential(Linear(5, 8), ReLU());

    [Exit(Criterion.Gate, 0.5, Gate = nameof(haltOne))]
    private readonly Linear one = Linear(8, 4);

    private readonly Sequential haltOne = Sequential(Linear(8, 4), ReLU(), Linear(4, 1));

    [Stage]
    private readonly Sequential second = Sequential(Linear(8, 8), ReLU());

    [Exit(Criterion.Confidence, 0.6, Gate = nameof(haltTwo), Combination = Combination.Any)]
    [ExitCondition(Criterion.Gate, 0.55)]
    private readonly Linear two = Linear(8, 4);

    private readonly Linear haltTwo = Linear(8, 1);

    [Stage]
    private readonly Sequential last = Sequential(Linear(8, 8), ReLU());

    [Exit]
    private readonly Linear final = Linear(8, 4);
}

/// <summary>Quantities.</summary>
[EarlyExitNetwork(Classes = 2, Input = [5], Output = OutputKind.Regression, AgreementTolerance = 0.3)]
public sealed partial class QuantityNet : EarlyExitModule
{
    [Stage]
    private readonly Sequential first = Sequential(Linear(5, 8), ReLU());

    [Exit(Criterion.Gate, 0.6, Gate = nameof(halt))]
    private readonly Linear one = Linear(8, 2);

    private readonly Linear halt = Linear(8, 1);

    [Stage]
    private readonly Sequential second = Sequential(Linear(8, 8), ReLU());

    [Exit(Criterion.Patience, 2)]
    private readonly Linear two = Linear(8, 2);

    [Stage]
    private readonly Sequential last = Sequential(Linear(8, 8), ReLU());

    [Exit]
    private readonly Linear final = Linear(8, 2);
}

/// <summary>Several labels.</summary>
[EarlyExitNetwork(Classes = 3, Input = [5], Output = OutputKind.MultiLabel, Fallback = Fallback.MostConfident)]
public sealed partial class LabelsNet : EarlyExitModule
{
    [Stage]
    private readonly Sequential first = Sequential(Linear(5, 8), ReLU());

    [Exit(Criterion.Confidence, 0.6)]
    private readonly Linear one = Linear(8, 3);

    [Stage]
    private readonly Sequential second = Sequential(Linear(8, 8), ReLU());

    [Exit(Criterion.Patience, 2)]
    private readonly Linear two = Linear(8, 3);

    [Stage]
    private readonly Sequential last = Sequential(Linear(8, 8), ReLU());

    [Exit]
    private readonly Linear final = Linear(8, 3);
}

/// <summary>The library's own criteria together, and the most confident exit for what nothing let go.</summary>
[EarlyExitNetwork(Classes = 3, Input = [5], Fallback = Fallback.MostConfident)]
public sealed partial class SurestNet : EarlyExitModule
{
    [Stage]
    private readonly Sequential first = Sequential(Linear(5, 8), ReLU());

    [Exit(Criterion.Entropy, 0.6)]
    [ExitCondition(Criterion.Margin, 0.4)]
    private readonly Linear one = Linear(8, 3);

    [Stage]
    private readonly Sequential second = Sequential(Linear(8, 8), ReLU());

    [Exit(Criterion.Energy, -2, Combination = Combination.Any)]
    [ExitCondition(Criterion.NormalizedEntropy, 0.5)]
    private readonly Linear two = Linear(8, 3);

    [Stage]
    private readonly Sequential last = Sequential(Linear(8, 8), ReLU());

    [Exit]
    private readonly Linear final = Linear(8, 3);
}
