using EarlyExitGen;
using EarlyExitGen.Criteria;

namespace FashionMnist.Evaluation;

/// <summary>The policy under which every input goes to the last exit.</summary>
internal static class NeverExit
{
    /// <summary>Sets each threshold to the infinity that no score passes: which one depends on the criterion's direction.</summary>
    public static ExitPolicy For(NetworkPlan network) => ExitPolicy.Create(
        network, [.. network.Exits.SkipLast(1).Select(exit => Unreachable(exit.Criterion!))]);

    private static float Unreachable(ExitCriterion criterion) =>
        criterion.ShouldExit(score: 0, float.PositiveInfinity) ? float.NegativeInfinity : float.PositiveInfinity;
}
