using EarlyExitGen.Criteria;

namespace EarlyExitGen.Lab.Evaluation;

/// <summary>Which way an exit's criterion compares.</summary>
internal static class CriterionDirection
{
    /// <summary>Whether inputs leave at high scores rather than at low ones.</summary>
    /// <exception cref="ArgumentException">The criterion is a user's own and compares in neither direction.</exception>
    public static bool LeavesAbove(this ExitPlan exit)
    {
        ExitCriterion criterion = exit.Criterion!;
        bool above = criterion.ShouldExit(1, 0);
        bool below = criterion.ShouldExit(0, 1);
        return above != below
            ? above
            : throw new ArgumentException(
                $"The criterion '{criterion.Name}' of exit '{exit.Name}' compares its score with the threshold in neither direction, so " +
                "its threshold can't be searched.", nameof(exit));
    }

    /// <summary>The threshold that every score but NaN passes.</summary>
    public static float Always(this ExitPlan exit) => exit.LeavesAbove() ? float.NegativeInfinity : float.PositiveInfinity;

    /// <summary>The threshold that no finite score passes, while the exit stays on.</summary>
    public static float NeverFires(this ExitPlan exit) => exit.LeavesAbove() ? float.PositiveInfinity : float.NegativeInfinity;

    /// <summary>The same policy with every early exit switched off.</summary>
    public static ExitPolicy WithoutEarlyExits(this ExitPolicy policy) =>
        Enumerable.Range(0, policy.Network.Exits.Length - 1).Aggregate(policy, (changed, exit) => changed.WithDisabled(exit));
}
