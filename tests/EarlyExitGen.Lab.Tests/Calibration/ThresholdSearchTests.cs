using CsCheck;
using EarlyExitGen.Lab.Calibration;
using EarlyExitGen.Lab.Evaluation;
using EarlyExitGen.Lab.Tests.Evaluation;

namespace EarlyExitGen.Lab.Tests.Calibration;

public sealed class ThresholdSearchTests
{
    private static readonly CalibrationOptions Options = new() { FitTemperatures = false };

    [Fact]
    public void The_front_is_the_one_that_trying_every_threshold_finds()
    {
        Gen.Select(Gen.Int[2, 4], Gen.Int[1, 14], Gen.Int[0, 100_000], Gen.Enum<ExitLoss>(), Gen.Int[0, 900]).Sample(
            (exits, rows, seed, loss, head) =>
            {
                NetworkPlan plan = Synthetic.Plan(exits, classes: 3, head: head);
                RecordedLogits recorded = Synthetic.Logits(plan, exits == 4 ? Math.Min(rows, 9) : rows, seed, sharpness: 0.3f);
                ExitTable table = new(recorded, ExitPolicy.Default(plan));
                CostModel costs = CostModel.FromMacs(plan);
                ThresholdSearch search = new(table, loss, costs);
                search.SeekFront(long.MaxValue);
                List<FoundPolicy> front = search.Front();

                List<(int Loss, double Cost)> expected = BruteForceFront(table, loss, costs);
                Assert.Equal(expected.Count, front.Count);
                for (int point = 0; point < front.Count; point++)
                {
                    Assert.Equal(expected[point].Loss, front[point].Loss);
                    Assert.Equal(expected[point].Cost, front[point].Cost * recorded.Rows, 1e-6);
                    Assert.Equal(front[point].Cost, front[point].CostBound, 1e-9);
                }
            },
            iter: 300);
    }

    [Fact]
    public void Every_point_does_what_it_says_when_its_policy_is_replayed()
    {
        NetworkPlan plan = Synthetic.Plan(4);
        RecordedLogits recorded = Synthetic.Logits(plan, 500, seed: 5);
        CalibrationResult result = Calibrator.Calibrate(recorded, CalibrationBudget.AccuracyDrop(0.01));
        Assert.True(result.Front.Length > 5);
        foreach (ParetoPoint point in result.Front)
        {
            ExitTable table = new(recorded, point.Policy);
            int[] left = table.Replay(point.Policy);
            Assert.Equal(point.Loss, left.Select((exit, row) => ExitLoss.AccuracyDrop.Of(table, exit, row)).Average(), 1e-12);
            Assert.Equal(point.AverageCost, left.Average(exit => result.Costs.Of(point.Policy, exit)), 1e-6);
        }
    }

    [Fact]
    public void The_chosen_policy_is_the_best_of_the_front_within_the_budget()
    {
        NetworkPlan plan = Synthetic.Plan(3);
        RecordedLogits recorded = Synthetic.Logits(plan, 400, seed: 9);
        foreach (double drop in new[] { 0, 0.005, 0.01, 0.05, 1 })
        {
            CalibrationResult result = Calibrator.Calibrate(recorded, CalibrationBudget.AccuracyDrop(drop), Options);
            Assert.Equal(0, result.Chosen.Gap, 1e-12);
            double cheapest = result.Front.Where(point => point.Loss <= drop + 1e-12).Min(point => point.AverageCost);
            Assert.Equal(cheapest, result.Chosen.AverageCost);
        }

        foreach (double cost in new[] { 1500.0, 2000, 3100 })
        {
            CalibrationResult result = Calibrator.Calibrate(recorded, CalibrationBudget.AverageCost(cost), Options);
            Assert.True(result.Chosen.AverageCost <= cost);
            Assert.Equal(result.Front.Where(point => point.AverageCost <= cost).Min(point => point.Loss), result.Chosen.Loss);
        }
    }

    [Fact]
    public void A_spent_effort_leaves_bounds_that_hold()
    {
        NetworkPlan plan = Synthetic.Plan(4);
        RecordedLogits recorded = Synthetic.Logits(plan, 600, seed: 4, sharpness: 0.5f);
        ExitTable table = new(recorded, ExitPolicy.Default(plan));
        CostModel costs = CostModel.FromMacs(plan);
        ThresholdSearch brief = new(table, ExitLoss.AccuracyDrop, costs);
        brief.SeekFront(100_000);
        ThresholdSearch whole = new(table, ExitLoss.AccuracyDrop, costs);
        whole.SeekFront(long.MaxValue);
        Assert.Contains(brief.Front(), point => point.CostBound < point.Cost);
        foreach (long limit in Enumerable.Range(0, 30))
        {
            double best = whole.Cheapest(limit).Cost;
            FoundPolicy found = brief.Cheapest(limit);
            Assert.InRange(best, found.CostBound - 1e-9, found.Cost + 1e-9);
        }

        brief.SeekCheapest(6, long.MaxValue);
        Assert.Equal(whole.Cheapest(6).Cost, brief.Cheapest(6).Cost, 1e-9);
        Assert.Equal(brief.Cheapest(6).Cost, brief.Cheapest(6).CostBound, 1e-9);
    }

    [Fact]
    public void An_exit_that_costs_more_than_it_saves_is_switched_off()
    {
        NetworkPlan plan = Synthetic.Plan(3);
        RecordedLogits recorded = Synthetic.Logits(plan, 500, seed: 2);
        CostModel costs = new("ms", [1, 2, 3], [5, 0.1, 0.1]);
        CalibrationResult result = Calibrator.Calibrate(recorded, CalibrationBudget.AccuracyDrop(0.02), Options with { Costs = costs });
        Assert.False(result.Policy.IsEnabled(0));
        Assert.True(result.Policy.IsEnabled(1));
        Assert.Contains(result.Notes, note => note.StartsWith("Exit 'exit0' is switched off", StringComparison.Ordinal));
        Assert.True(result.Chosen.AverageCost < costs.FullDepth);
    }

    [Fact]
    public void A_calibration_never_costs_more_than_full_depth()
    {
        Gen.Select(Gen.Int[2, 4], Gen.Int[1, 60], Gen.Int[0, 100_000], Gen.Int[0, 3000]).Sample((exits, rows, seed, head) =>
        {
            RecordedLogits recorded = Synthetic.Logits(Synthetic.Plan(exits, head: head), rows, seed);
            CalibrationResult result = Calibrator.Calibrate(recorded, CalibrationBudget.AccuracyDrop(0), Options);
            Assert.True(result.Chosen.AverageCost <= result.Costs.FullDepth);
            Assert.True(result.Chosen.Loss <= 0);
        }, iter: 60);
    }

    [Fact]
    public void A_cost_that_no_policy_keeps_is_refused()
    {
        RecordedLogits recorded = Synthetic.Logits(Synthetic.Plan(3), 50, seed: 1);
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => Calibrator.Calibrate(recorded, CalibrationBudget.AverageCost(10), Options));
        Assert.Contains("no policy costs 10 MACs or less on average; the cheapest costs 1050", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_policy_carries_a_note_of_its_calibration()
    {
        RecordedLogits recorded = Synthetic.Logits(Synthetic.Plan(3), 300, seed: 6);
        ExitPolicy policy = Calibrator.Calibrate(recorded, CalibrationBudget.Disagreement(0.02), Options).Policy;
        CalibrationRecord note = policy.Calibration!;
        Assert.Equal(300, note.Samples);
        Assert.Equal(recorded.Hash(), note.DataHash);
        Assert.Equal("disagreement with full depth of at most 0.02", note.Budget);
        Assert.Equal(1, note.ExitShares.Sum(), 1e-12);
        Assert.Equal(policy.Id, ExitPolicy.Parse(recorded.Network, policy.ToJson()).Id);
    }

    private static List<(int Loss, double Cost)> BruteForceFront(ExitTable table, ExitLoss loss, CostModel costs)
    {
        List<(int Loss, double Cost)> all = [];
        Try(ExitPolicy.Default(table.Recorded.Network), 0);
        List<(int Loss, double Cost)> front = [];
        foreach ((int Loss, double Cost) point in all.OrderBy(point => point.Loss).ThenBy(point => point.Cost))
        {
            if (front.Count == 0 || point.Cost < front[^1].Cost) front.Add(point);
        }

        return front;

        void Try(ExitPolicy policy, int exit)
        {
            if (exit == table.Exits - 1)
            {
                int[] left = table.Replay(policy);
                all.Add((left.Select((at, row) => loss.Of(table, at, row)).Sum(), left.Sum(at => costs.Of(policy, at))));
                return;
            }

            Try(policy.WithDisabled(exit), exit + 1);
            foreach (float threshold in table.Scores[exit].Distinct()) Try(policy.With(exit, threshold), exit + 1);
        }
    }
}
