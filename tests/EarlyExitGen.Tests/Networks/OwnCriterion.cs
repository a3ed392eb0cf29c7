using EarlyExitGen.Criteria;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace EarlyExitGen.Tests.Networks;

/// <summary>A network whose exit decides by a criterion of the program's own.</summary>
[EarlyExitNetwork(Classes = 3, Input = [4])]
public sealed partial class OwnCriterion : EarlyExitModule
{
    [Stage]
    private readonly Sequential hidden = Sequential(Linear(4, 8), ReLU());

    [Exit<LargestLogit>(1)]
    private readonly Linear early = Linear(8, 3);

    [Stage]
    private readonly Sequential more = Sequential(Linear(8, 8), ReLU());

    [Exit]
    private readonly Linear final = Linear(8, 3);
}

/// <summary>The largest logit.</summary>
public readonly struct LargestLogit : IExitCriterion
{
    public static string Name => "largest logit";

    public static float Score(ReadOnlySpan<float> logits) => logits[ArgMax.Of(logits)];

    public static bool ShouldExit(float score, float threshold) => score > threshold;
}
