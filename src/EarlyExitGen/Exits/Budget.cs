namespace EarlyExitGen.Exits;

/// <summary>How far a number of multiply–accumulate operations reaches.</summary>
internal static class Budget
{
    /// <summary>The deepest exit that runs under the policy and whose cost, with every head before it that runs, is within the budget.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The budget does not reach the first exit.</exception>
    /// <exception cref="InvalidOperationException">The network's MACs are unknown.</exception>
    public static int LastExit(NetworkPlan plan, ExitPolicy policy, long macs)
    {
        int reached = -1;
        long? cost = 0;
        int stage = 0;
        for (int exit = 0; exit <= policy.LastExit; exit++)
        {
            if (!policy.IsEnabled(exit)) continue;
            while (stage <= plan.Exits[exit].Stage) cost += plan.Stages[stage++].Macs;
            cost += plan.Exits[exit].Macs;
            if (cost is null)
            {
                throw new InvalidOperationException(
                    $"{plan.Name}: a budget of MACs needs the cost of every part up to exit '{plan.Exits[exit].Name}', and the compiler " +
                    "does not know all of them.");
            }

            if (cost > macs) return reached >= 0 ? reached : throw TooSmall(plan, exit, cost.Value, macs);
            reached = exit;
        }

        return reached;
    }

    private static ArgumentOutOfRangeException TooSmall(NetworkPlan plan, int exit, long needed, long macs) => new(
        nameof(macs), macs, $"{plan.Name}: the first exit that is switched on, '{plan.Exits[exit].Name}', costs {needed} MACs.");
}
