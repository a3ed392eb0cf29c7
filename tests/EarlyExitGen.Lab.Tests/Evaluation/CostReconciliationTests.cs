using EarlyExitGen.Lab.Evaluation;

namespace EarlyExitGen.Lab.Tests.Evaluation;

public sealed class CostReconciliationTests
{
    private static readonly NetworkPlan Plan = Synthetic.Plan(3);
    private static readonly ExitPolicy Policy = ExitPolicy.Create(Plan, 0.8f, 0.5f);
    private static readonly CostModel Measured = new("ms", [1, 2, 3], [0.25, 0.5, 0]);

    [Fact]
    public void Parts_and_clock_are_compared_exit_by_exit()
    {
        CostReconciliation costs = CostReconciliation.Of(Policy, Measured, [0, 0, 0, 2], [0, 0, 0, 1], [1.25, 1.5, 90, 2.75]);
        Assert.Equal([1.25, 2.75, 3.75], costs.Exits.Select(exit => exit.Modelled));
        Assert.Equal([1.5, 2.75], costs.Exits.Where(exit => exit.Clock is not null).Select(exit => exit.Clock!.P50));
        Assert.Null(costs.Exits[2].Clock);

        // One interrupted call does not count for 90.
        Assert.Equal(((3 * 1.5) + 2.75) / 4, costs.Clock, 1e-12);
        Assert.Equal(((3 * 1.25) + 2.75) / 4, costs.Modelled, 1e-12);
        Assert.Equal(0.75, costs.Agreement);
        Assert.Throws<ArgumentException>(() => CostReconciliation.Of(Policy, Measured, [0], [0], [1, 2]));
    }

    [Fact]
    public void Measuring_calls_every_policy_on_every_input_and_leaves_the_policy_behind()
    {
        int[] replayed = [0, 1, 2, 0, 1];
        ExitPolicy? assigned = null;
        Dictionary<string, List<int>> seen = [];
        (LatencyEvaluation latency, CostReconciliation costs) = CostReconciliation.Measure(
            Policy,
            replayed,
            policy => assigned = policy,
            input =>
            {
                if (!seen.TryGetValue(assigned!.Id, out List<int>? inputs)) seen[assigned.Id] = inputs = [];
                inputs.Add(input);
                return assigned == Policy ? replayed[input] : 2;
            });
        Assert.Equal(6, seen.Count);
        Assert.All(seen.Values, inputs => Assert.Equal([0, 1, 2, 3, 4], inputs.TakeLast(5)));
        Assert.Equal(1, costs.Agreement);
        Assert.Equal(5, latency.EarlyExit.Length);
        Assert.Same(Policy, assigned);
    }

    [Fact]
    public void What_a_batch_costs_beyond_its_parts_is_gathering()
    {
        BatchCost cost = BatchCost.Measure(Policy, [0.5, 0.25, 0.25], 8, 3, _ => { }, _ => { });
        Assert.Equal(cost.EarlyExit - cost.Parts, cost.Gathering);
        Assert.Throws<ArgumentOutOfRangeException>(() => BatchCost.Measure(Policy, [1, 0, 0], 8, 0, _ => { }, _ => { }));
    }
}
