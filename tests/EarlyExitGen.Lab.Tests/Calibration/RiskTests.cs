using EarlyExitGen.Lab.Calibration;
using EarlyExitGen.Lab.Evaluation;
using EarlyExitGen.Lab.Tests.Evaluation;

namespace EarlyExitGen.Lab.Tests.Calibration;

public sealed class RiskTests(ITestOutputHelper output)
{
    private static readonly NetworkPlan Plan = Synthetic.Plan(3);
    private static readonly CalibrationOptions Options = new() { SearchEffort = 1_000_000 };

    [Theory]
    [InlineData(ExitLoss.Harm)]
    [InlineData(ExitLoss.Disagreement)]
    public void Over_200_draws_a_promise_at_95_percent_holds_at_least_95_percent_of_the_time(ExitLoss loss)
    {
        const double Risk = 0.02;
        RecordedLogits population = Synthetic.Logits(Plan, 10_000, seed: 100);
        Random random = new(7);
        int promised = 0;
        int tuned = 0;
        int early = 0;
        const int Draws = 200;
        for (int draw = 0; draw < Draws; draw++)
        {
            // With replacement, so that the population's own rate is the expected loss to the last digit.
            int[] rows = [.. Enumerable.Range(0, 1000).Select(_ => random.Next(population.Rows))];
            RecordedLogits sample = population.Subset(rows);
            CalibrationResult result = Calibrator.CalibrateWithRisk(sample, Risk, 0.95, loss, Options with { Seed = draw });
            CalibrationResult plain = Calibrator.Calibrate(sample, loss == ExitLoss.Harm
                ? CalibrationBudget.AccuracyDrop(Risk)
                : CalibrationBudget.Disagreement(Risk), Options);
            if (Rate(population, result.Policy, loss) <= Risk) promised++;
            if (Rate(population, plain.Policy, loss == ExitLoss.Harm ? ExitLoss.AccuracyDrop : loss) <= Risk) tuned++;
            if (result.Policy.IsEnabled(0) || result.Policy.IsEnabled(1)) early++;
        }

        output.WriteLine($"{loss}: promised {promised}/{Draws}, plainly tuned {tuned}/{Draws}, with an early exit {early}/{Draws}");
        Assert.True(promised >= 0.95 * Draws, $"{promised} of {Draws} promises held");
        Assert.True(tuned < promised, $"{tuned} tuned against {promised} promised");
        Assert.True(early >= 0.8 * Draws, $"only {early} of {Draws} promises let anything leave early");
    }

    [Fact]
    public void Too_few_samples_leave_full_depth_and_say_how_many_are_needed()
    {
        RecordedLogits few = Synthetic.Logits(Plan, 200, seed: 1);
        CalibrationResult result = Calibrator.CalibrateWithRisk(few, 0.01, 0.95, options: Options);
        Assert.False(result.Policy.IsEnabled(0));
        Assert.False(result.Policy.IsEnabled(1));
        Assert.Equal(0, result.Guarantee!.UpperBound);

        // 299 rows without a loss, at 70 % of the samples.
        Assert.Contains(result.Notes, note => note.Contains(
            "Nothing but full depth can be promised with 200 samples; the least that could promise any early exit is 428",
            StringComparison.Ordinal));
    }

    [Fact]
    public void The_promise_stands_in_the_policy_with_what_could_not_be_promised_beside_it()
    {
        RecordedLogits recorded = Synthetic.Logits(Plan, 6000, seed: 3);
        CalibrationResult result = Calibrator.CalibrateWithRisk(recorded, 0.02, 0.95, options: Options);
        RiskGuarantee guarantee = result.Guarantee!;
        Assert.Equal(4200, guarantee.TestRows);
        Assert.InRange(guarantee.UpperBound, (double)guarantee.Losses / guarantee.TestRows, 0.02);
        Assert.Equal(guarantee.ToString(), result.Policy.Calibration!.Guarantee);
        Assert.StartsWith(
            "share of inputs that only full depth gets right of at most 0.02 on new data of the same distribution, with 95% confidence",
            guarantee.ToString(), StringComparison.Ordinal);
        Assert.True(guarantee.Tuned.UpperBound > 0.02);
        Assert.Contains(result.Notes, note => note.StartsWith("The thresholds that keep the budget", StringComparison.Ordinal));
    }

    [Fact]
    public void A_difference_has_no_exact_bound_and_is_refused()
    {
        RecordedLogits recorded = Synthetic.Logits(Plan, 100, seed: 3);
        Assert.Throws<ArgumentException>(() => Calibrator.CalibrateWithRisk(recorded, 0.01, 0.95, ExitLoss.AccuracyDrop));
        Assert.Throws<ArgumentOutOfRangeException>(() => Calibrator.CalibrateWithRisk(recorded, 0, 0.95));
        Assert.Throws<ArgumentOutOfRangeException>(() => Calibrator.CalibrateWithRisk(recorded, 0.01, 1));
    }

    private static double Rate(RecordedLogits population, ExitPolicy policy, ExitLoss loss)
    {
        ExitTable table = new(population, policy);
        return table.Replay(policy).Select((exit, row) => loss.Of(table, exit, row)).Average();
    }
}
