using static TorchSharp.torch;

namespace EarlyExitGen.Tests.Networks;

/// <summary>
/// An exit for each criterion on logits. They give the first half of the input as it is, and the last exit the other half: a test says what
/// every exit gives, and NaN at an early exit is none at the last. The stage before that writes over what the others gave.
/// </summary>
[EarlyExitNetwork(Classes = Classes, Input = [2 * Classes])]
public sealed partial class EveryCriterion : EarlyExitModule
{
    public const int Classes = 12;

    [Stage]
    private static Tensor Own(Tensor x) => x + 0;

    [Exit(Criterion.Confidence, 0.5)]
    private static Tensor ByConfidence(Tensor x) => Half(x, 0);

    [Exit(Criterion.Entropy, 0.5)]
    private static Tensor ByEntropy(Tensor x) => Half(x, 0);

    [Exit(Criterion.NormalizedEntropy, 0.5)]
    private static Tensor ByNormalizedEntropy(Tensor x) => Half(x, 0);

    [Exit(Criterion.Margin, 0.5)]
    private static Tensor ByMargin(Tensor x) => Half(x, 0);

    [Exit(Criterion.Energy, -2)]
    private static Tensor ByEnergy(Tensor x) => Half(x, 0);

    [Exit<LargestLogit>(1)]
    private static Tensor ByOwn(Tensor x) => Half(x, 0);

    [Stage]
    private static Tensor WriteOver(Tensor x) => nn.functional.relu(x);

    [Exit]
    private static Tensor Final(Tensor x) => Half(x, Classes);

    private static Tensor Half(Tensor x, int start) => x.narrow(1, start, Classes);
}
