using EarlyExitGen.Lab.Calibration;
using EarlyExitGen.Lab.Evaluation;
using EarlyExitGen.Lab.Tests.Evaluation;

namespace EarlyExitGen.Lab.Tests.Calibration;

public sealed class PromiseCheckTests
{
    private static readonly CalibrationOptions Options = new() { SearchEffort = 300_000 };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void It_counts_what_a_loop_by_hand_counts()
    {
        const double Risk = 0.02;
        RecordedLogits pool = Synthetic.Logits(Synthetic.Plan(3), 3000, seed: 5);
        PromiseCheck check = PromiseCheck.Run(pool, Risk, 0.95, samples: 600, draws: 5, options: Options, cancellation: Cancellation);
        int heldOnPool = 0;
        int heldOnRest = 0;
        int tuned = 0;
        for (int draw = 0; draw < 5; draw++)
        {
            (RecordedLogits sample, RecordedLogits rest) = pool.Split(0.2, draw);
            CalibrationOptions seeded = Options with { Seed = draw };
            ExitPolicy policy = Calibrator.CalibrateWithRisk(sample, Risk, 0.95, options: seeded).Policy;
            if (Evaluator.Evaluate(pool, policy).Depth.Premature <= Risk) heldOnPool++;
            if (Evaluator.Evaluate(rest, policy).Depth.Premature <= Risk) heldOnRest++;
            ExitPolicy plain = Calibrator.Calibrate(sample, CalibrationBudget.Harm(Risk), seeded).Policy;
            if (Evaluator.Evaluate(pool, plain).Depth.Premature <= Risk) tuned++;
        }

        Assert.Equal(heldOnPool, check.Promised.HeldOnPool);
        Assert.Equal(heldOnRest, check.Promised.HeldOnRest);
        Assert.Equal(tuned, check.Tuned.HeldOnPool);
        Assert.True(check.PromisedDrop.MeanLoss <= check.Promised.MeanLoss);
    }

    [Theory]
    [InlineData(2000, 0.8785)] // Halves of 4,000 with all rows testing: Φ(1.645 · √½).
    [InlineData(4, 0.95)]
    public void Promises_at_the_edge_hold_on_the_rest_as_often_as_two_samples_noise_lets_them(int samples, double expected)
    {
        RecordedLogits pool = Synthetic.Logits(Synthetic.Plan(2), 4000, seed: 6);
        PromiseCheck check = PromiseCheck.Run(
            pool, 0.02, 0.95, samples, draws: 1, options: Options with { LearningShare = 0.0005 }, cancellation: Cancellation);
        Assert.Equal(expected, check.HeldOnRestAtWorst, 1e-3);
    }

    [Fact]
    public void Samples_that_leave_no_rest_are_refused()
    {
        RecordedLogits pool = Synthetic.Logits(Synthetic.Plan(2), 50, seed: 6);
        Assert.Throws<ArgumentOutOfRangeException>(() => PromiseCheck.Run(
            pool, 0.02, 0.95, samples: 50, cancellation: Cancellation));
        Assert.Throws<ArgumentException>(() => PromiseCheck.Run(
            pool, 0.02, 0.95, samples: 25, loss: ExitLoss.AccuracyDrop, cancellation: Cancellation));
    }
}
