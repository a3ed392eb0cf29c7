using CsCheck;
using EarlyExitGen.Lab.Evaluation;

namespace EarlyExitGen.Lab.Tests.Evaluation;

public sealed class EvaluatorTests
{
    // Three exits, two classes, four rows whose confidences at each exit are far from or near to one half.
    private static readonly NetworkPlan Plan = Synthetic.Plan(3, classes: 2);

    private static readonly RecordedLogits Four = new(
        Plan,
        [
            [5, 0, 5, 0, 0.1f, 0, 0.1f, 0],
            [5, 0, 0, 5, 0, 5, 0.1f, 0],
            [5, 0, 0, 5, 5, 0, 0, 5],
        ],
        [0, 1, 1, 1]);

    // Row 0 leaves at once and right, row 1 at once and wrong, row 2 at the second exit and right, row 3 never and right.
    private static readonly ExitPolicy Policy = ExitPolicy.Create(Plan, 0.9f, 0.2f);

    [Fact]
    public void Every_figure_of_a_small_case_is_the_one_found_by_hand()
    {
        PolicyEvaluation result = Evaluator.Evaluate(Four, Policy);
        Assert.Equal(0.75, result.Accuracy);
        Assert.Equal(0.75, result.FullDepthAccuracy);
        Assert.Equal([0.5, 0.25, 0.25], result.Exits.Select(exit => exit.Share));
        Assert.Equal([0.5, 1, 1], result.Exits.Select(exit => exit.AccuracyOfLeaving));
        Assert.Equal([0.25, 0.75, 0.75], result.Exits.Select(exit => exit.AccuracyOnAll));
        Assert.Equal([1050.0, 2100, 3150], result.Exits.Select(exit => exit.Cost));
        Assert.Equal((1050 + 1050 + 2100 + 3150) / 4.0, result.AverageCost);
        Assert.Equal(3050, result.FullDepthCost);
        Assert.Equal(3150, result.NeverExitCost);
        Assert.Equal(0.25, result.Depth.Premature);
        Assert.Equal(0.25, result.Depth.Saved);
        Assert.Equal(0.5, result.Depth.Disagreement);
        Assert.Equal(0.25, result.Depth.Overthinking);

        // Rows change their answer 0, 1, 2 and 1 times.
        Assert.Equal(1, result.Depth.MeanFlips);
        Assert.Equal([1, 3], result.Classes.Select(label => label.Rows));
        Assert.Equal(0, result.Classes[1].AccuracyLoss, 1e-12);
        Assert.Equal(1 / 3.0, result.Classes[1].ExitShares[0], 1e-12);
    }

    [Fact]
    public void An_exit_that_is_off_lets_nothing_leave_and_costs_nothing()
    {
        PolicyEvaluation result = Evaluator.Evaluate(Four, Policy.WithDisabled(0));
        Assert.Equal([0, 0.75, 0.25], result.Exits.Select(exit => exit.Share));
        Assert.Equal([2050.0, 3100], result.Exits.Skip(1).Select(exit => exit.Cost));
    }

    [Fact]
    public void A_threshold_moved_back_to_its_place_changes_nothing()
    {
        RecordedLogits recorded = Synthetic.Logits(Synthetic.Plan(3), 400, seed: 8);
        PolicyEvaluation result = Evaluator.Evaluate(recorded, ExitPolicy.Create(recorded.Network, 0.8f, 0.5f));
        foreach (ThresholdSensitivity sensitivity in result.Sensitivity)
        {
            Assert.True(sensitivity.Points.Length > 20);
            Assert.Equal(sensitivity.Points.Select(point => point.Share).Order(), sensitivity.Points.Select(point => point.Share));
            foreach (SensitivityPoint point in sensitivity.Points)
            {
                PolicyEvaluation again = Evaluator.Evaluate(recorded, result.Policy.With(sensitivity.Exit, point.Threshold));
                Assert.Equal(point.Accuracy, again.Accuracy);
                Assert.Equal(point.AverageCost, again.AverageCost);
            }
        }
    }

    [Fact]
    public void Calibration_error_is_the_weighted_distance_in_fixed_bins()
    {
        // Confidences 0.75 and 0.75 with one right, and 0.5 right: |1.5 − 1| / 3 + |0.5 − 1| / 3.
        float three = MathF.Log(3);
        RecordedLogits recorded = new(Synthetic.Plan(1, classes: 2), [[three, 0, three, 0, 0, 0]], [0, 1, 0]);
        ReliabilityDiagram diagram = ReliabilityDiagram.Of(recorded, 0, bins: 10);
        Assert.Equal(1 / 3.0, diagram.ExpectedCalibrationError, 1e-6);
        Assert.Equal(3, diagram.Bins.Sum(bin => bin.Rows));
    }

    [Fact]
    public void The_area_under_the_curve_is_the_share_of_ordered_pairs()
    {
        Gen.Select(Gen.Int[0, 9].Array[1, 40], Gen.Int[0, 9].Array[1, 40]).Sample((positives, negatives) =>
        {
            double expected = positives.Average(positive => negatives.Average(
                negative => positive > negative ? 1 : positive == negative ? 0.5 : 0));
            double area = RankStatistics.AreaUnderRoc(
                Array.ConvertAll(positives, value => (double)value), Array.ConvertAll(negatives, value => (double)value));
            return Math.Abs(expected - area) < 1e-12;
        });
    }

    [Fact]
    public void Inputs_from_elsewhere_are_told_apart_by_every_criterion()
    {
        NetworkPlan plan = Synthetic.Plan(3);
        RecordedLogits inside = Synthetic.Logits(plan, 800, seed: 3);
        RecordedLogits outside = Synthetic.Logits(plan, 700, seed: 4, sharpness: 0.2f);
        ExitPolicy policy = ExitPolicy.Create(plan, 0.8f, 0.5f);
        OutOfDistribution result = OutOfDistribution.Compare(inside, outside, policy);
        Assert.True(result.OutsideEarlyRate < result.InsideEarlyRate);
        Assert.InRange(result.ShallowOverconfidence, 0, result.OutsideEarlyRate);
        Assert.All(result.Exits, exit => Assert.All(exit.Separations, separation => Assert.InRange(separation.AreaUnderRoc, 0.9, 1)));
        Assert.All(result.Exits, exit => Assert.Equal(1, exit.OutsideConfidence.Sum(), 1e-9));

        OutOfDistribution same = OutOfDistribution.Compare(inside, inside, policy);
        Assert.All(same.Exits, exit => Assert.All(exit.Separations, separation => Assert.Equal(0.5, separation.AreaUnderRoc, 1e-12)));
    }

    [Fact]
    public void Foreign_policies_and_broken_logits_are_refused()
    {
        ExitPolicy foreign = ExitPolicy.Default(Synthetic.Plan(3, classes: 2, fingerprint: "other"));
        Assert.Contains("recorded from Paper (5e1f0c)", Assert.Throws<ArgumentException>(
            () => Evaluator.Evaluate(Four, foreign)).Message, StringComparison.Ordinal);
        Assert.Contains("exit 'exit0' gave NaN for class 1 of row 0", Assert.Throws<ArgumentException>(
            () => new RecordedLogits(Plan, [[0, float.NaN], [0, 0], [0, 0]], [0])).Message, StringComparison.Ordinal);
        Assert.Contains("row 0 has the label 2; expected 0 to 1", Assert.Throws<ArgumentException>(
            () => new RecordedLogits(Plan, [[0, 0], [0, 0], [0, 0]], [2])).Message, StringComparison.Ordinal);
        Assert.Contains("'exit1' has 1 logits; 1 rows of 2 classes need 2", Assert.Throws<ArgumentException>(
            () => new RecordedLogits(Plan, [[0, 0], [0], [0, 0]], [1])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_split_deals_every_row_once()
    {
        RecordedLogits recorded = Synthetic.Logits(Plan, 101, seed: 1);
        (RecordedLogits first, RecordedLogits second) = recorded.Split(0.3, seed: 5);
        Assert.Equal(30, first.Rows);
        float[] dealt = [.. Enumerable.Range(0, 30).Select(row => first.Row(2, row)[0]),
            .. Enumerable.Range(0, 71).Select(row => second.Row(2, row)[0])];
        Assert.Equal(Enumerable.Range(0, 101).Select(row => recorded.Row(2, row)[0]).Order(), dealt.Order());
        Assert.Equal(first.Hash(), recorded.Split(0.3, seed: 5).First.Hash());
        Assert.NotEqual(first.Hash(), recorded.Split(0.3, seed: 6).First.Hash());
    }
}
