using EarlyExitGen.Criteria;

namespace EarlyExitGen.Lab.Evaluation;

/// <summary>Which way an exit's criterion compares.</summary>
internal static class CriterionDirection
{
    /// <summary>Whether inputs leave at high scores of the exit's first condition rather than at low ones.</summary>
    /// <exception cref="ArgumentException">The criterion is a user's own and compares in neither direction.</exception>
    public static bool LeavesAbove(this ExitPlan exit) => exit.LeavesAbove(exit.Criterion!);

    /// <summary>Whether a condition of an exit holds at high scores rather than at low ones.</summary>
    /// <exception cref="ArgumentException">The criterion is a user's own and compares in neither direction.</exception>
    public static bool LeavesAbove(this ExitPlan exit, ExitCriterion criterion)
    {
        bool above = criterion.ShouldExit(1, 0);
        bool below = criterion.ShouldExit(0, 1);
        return above != below
            ? above
            : throw new ArgumentException(
                $"The criterion '{criterion.Name}' of exit '{exit.Name}' compares its score with the threshold in neither direction, so " +
                "its threshold can't be searched.", nameof(exit));
    }

    /// <summary>The threshold of the first condition that no finite score passes, while the exit stays on.</summary>
    public static float NeverFires(this ExitPlan exit) => Extreme(exit, exit.Criterion!, holds: false);

    /// <summary>The same policy with an exit on whose conditions all hold for every input, or for none.</summary>
    public static ExitPolicy WithConditions(this ExitPolicy policy, int exit, bool hold)
    {
        ExitPlan plan = policy.Network.Exits[exit];
        ExitPolicy changed = policy.With(exit, Extreme(plan, plan.Criterion!, hold));
        for (int condition = 1; condition <= plan.FurtherConditions.Length; condition++)
        {
            changed = changed.WithCondition(exit, condition, Extreme(plan, plan.FurtherConditions[condition - 1].Criterion, hold));
        }

        return changed;
    }

    /// <summary>The same policy with every early exit switched off.</summary>
    public static ExitPolicy WithoutEarlyExits(this ExitPolicy policy) =>
        Enumerable.Range(0, policy.Network.Exits.Length - 1).Aggregate(policy, (changed, exit) => changed.WithDisabled(exit));

    private static float Extreme(ExitPlan exit, ExitCriterion criterion, bool holds) =>
        exit.LeavesAbove(criterion) == holds ? float.NegativeInfinity : float.PositiveInfinity;
}
