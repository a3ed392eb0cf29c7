using EarlyExitGen.Criteria;
using static TorchSharp.torch;

namespace EarlyExitGen.Tests.Eager;

/// <summary>
/// A hand-written network whose input row holds the logits of its three exits side by side, so that a test knows every answer. It
/// remembers how many rows each stage and exit was given.
/// </summary>
internal sealed class SplitLogits : EarlyExitModule
{
    public const int Classes = 3;
    public const int Width = 3 * Classes;

    public static NetworkPlan ThePlan { get; } = MakePlan("3f7a");

    public override NetworkPlan Plan => ThePlan;

    public List<long> StageRows { get; } = [];

    public List<int> ExitsCalled { get; } = [];

    /// <summary>What the heads give, instead of their part of the input, when set.</summary>
    public Func<Tensor, Tensor>? Head { get; init; }

    public static NetworkPlan MakePlan(string fingerprint) => new(
        nameof(SplitLogits), Classes, [Width], fingerprint,
        [.. Enumerable.Range(0, 3).Select(stage => new StagePlan($"stage{stage}", "identity", [Width], 0, 0))],
        [
            new ExitPlan("easy", "slice", 0, ExitCriterion.Of<Confidence>(), 0.8f, 0, 0, 0),
            new ExitPlan("middle", "slice", 1, ExitCriterion.Of<Entropy>(), 0.4f, 0, 0, 0),
            new ExitPlan("final", "slice", 2, null, float.NaN, 0, 0, 0),
        ]);

    public override Tensor CallStage(int stage, Tensor features)
    {
        StageRows.Add(features.size(0));
        return features.clone();
    }

    public override Tensor CallExit(int exit, Tensor features)
    {
        ExitsCalled.Add(exit);
        Tensor logits = features.narrow(1, exit * Classes, Classes);
        return Head is null ? logits : Head(logits);
    }
}
