using CsCheck;
using EarlyExitGen.Criteria;
using EarlyExitGen.Lab.Calibration;
using EarlyExitGen.Lab.Evaluation;
using EarlyExitGen.Lab.Tests.Evaluation;

namespace EarlyExitGen.Lab.Tests.Calibration;

public sealed class TemperatureFitTests
{
    private static readonly NetworkPlan Plan = Synthetic.Plan(3);

    [Theory]
    [InlineData(4f)]
    [InlineData(0.2f)]
    public void It_lowers_loss_and_calibration_error_on_data_that_it_has_not_seen(float sharpness)
    {
        RecordedLogits seen = Synthetic.Logits(Plan, 3000, seed: 1, sharpness);
        RecordedLogits unseen = Synthetic.Logits(Plan, 3000, seed: 2, sharpness);
        for (int exit = 0; exit < 3; exit++)
        {
            TemperatureFit fit = TemperatureFit.Of(seen, exit);
            Assert.False(fit.AtBound);
            double before = ReliabilityDiagram.Of(unseen, exit).ExpectedCalibrationError;
            double after = ReliabilityDiagram.Of(unseen, exit, fit.Temperature).ExpectedCalibrationError;
            Assert.True(after < before / 2, $"exit {exit}: {before} to {after}");
            Assert.True(Loss(unseen, exit, fit.Temperature) < Loss(unseen, exit, 1));
        }
    }

    [Fact]
    public void It_is_the_minimum_of_the_loss()
    {
        Gen.Select(Gen.Int[0, 1000], Gen.Float[0.3f, 4]).Sample((seed, sharpness) =>
        {
            RecordedLogits recorded = Synthetic.Logits(Plan, 200, seed, sharpness);
            TemperatureFit fit = TemperatureFit.Of(recorded, 0);
            double best = Loss(recorded, 0, fit.Temperature);
            Assert.Equal(best, fit.LossAfter, 1e-9);
            for (double factor = 0.5; factor <= 2; factor *= 1.02)
            {
                double other = Math.Clamp(fit.Temperature * factor, TemperatureFit.Smallest, TemperatureFit.Largest);
                Assert.True(best <= Loss(recorded, 0, other) + 1e-9);
            }
        }, iter: 20);
    }

    [Fact]
    public void Multiplying_the_logits_multiplies_the_temperature()
    {
        float once = TemperatureFit.Of(Synthetic.Logits(Plan, 2000, seed: 3, sharpness: 2), 1).Temperature;
        float twice = TemperatureFit.Of(Synthetic.Logits(Plan, 2000, seed: 3, sharpness: 4), 1).Temperature;
        Assert.Equal(2 * once, twice, 1e-4);
    }

    [Fact]
    public void Rows_that_are_all_right_or_all_wrong_end_at_a_bound()
    {
        NetworkPlan plan = Synthetic.Plan(2, classes: 2);
        float[] logits = [3, 0, 0, 3, 2, 0];
        TemperatureFit right = TemperatureFit.Of(new RecordedLogits(plan, [logits, logits], [0, 1, 0]), 0);
        TemperatureFit wrong = TemperatureFit.Of(new RecordedLogits(plan, [logits, logits], [1, 0, 1]), 0);
        Assert.True(right.AtBound);
        Assert.Equal(TemperatureFit.Smallest, right.Temperature, 1e-6);
        Assert.True(wrong.AtBound);
        Assert.Equal(TemperatureFit.Largest, wrong.Temperature, 1e-3);
    }

    [Fact]
    public void Equal_logits_leave_nothing_to_fit()
    {
        float[] logits = new float[2 * 3];
        RecordedLogits recorded = new(Synthetic.Plan(2, classes: 3), [logits, logits], [0, 1]);
        Assert.Equal(Math.Log(3), TemperatureFit.Of(recorded, 0).LossAfter, 1e-12);
    }

    [Fact]
    public void Scores_at_a_temperature_are_scores_of_divided_logits()
    {
        Gen.Select(Gen.Float[-30, 30].Array[1, 1500], Gen.Float[0.1f, 10]).Sample((logits, temperature) =>
        {
            float[] divided = Array.ConvertAll(logits, logit => logit / temperature);
            return TemperatureScaling.Score<Entropy>(logits, temperature) == Entropy.Score(divided)
                && TemperatureScaling.Score<Margin>(logits, 1) == Margin.Score(logits);
        });
    }

    private static double Loss(RecordedLogits recorded, int exit, double temperature)
    {
        double loss = 0;
        for (int row = 0; row < recorded.Rows; row++)
        {
            double[] logits = Array.ConvertAll(recorded.Row(exit, row).ToArray(), logit => (double)logit);
            double sum = logits.Sum(logit => Math.Exp((logit - logits.Max()) / temperature));
            loss += Math.Log(sum) - ((logits[recorded.Labels[row]] - logits.Max()) / temperature);
        }

        return loss / recorded.Rows;
    }
}
