using System.Numerics;
using CsCheck;
using EarlyExitGen.Lab.Calibration;

namespace EarlyExitGen.Lab.Tests.Calibration;

public sealed class BinomialTailTests
{
    [Fact]
    public void The_tail_equals_the_exact_rational_sum()
    {
        Gen.Select(Gen.Int[1, 400], Gen.Int[0, 400], Gen.Int[1, 999]).Sample((trials, draw, thousandths) =>
        {
            int successes = draw % (trials + 1);
            BigInteger sum = 0;
            BigInteger choose = 1;
            for (int k = 0; k <= successes; k++)
            {
                sum += choose * BigInteger.Pow(thousandths, k) * BigInteger.Pow(1000 - thousandths, trials - k);
                choose = choose * (trials - k) / (k + 1);
            }

            double exact = Math.Exp(BigInteger.Log(sum) - (trials * Math.Log(1000)));
            double tail = BinomialTail.AtMost(successes, trials, thousandths / 1000.0);
            return Math.Abs(tail - exact) <= 1e-9 * exact;
        });
    }

    [Fact]
    public void No_success_in_n_trials_is_bounded_by_the_closed_form()
    {
        foreach (int trials in new[] { 1, 10, 299, 5000, 1_000_000 })
        {
            Assert.Equal(1 - Math.Pow(0.05, 1.0 / trials), BinomialTail.UpperBound(0, trials, 0.95), 1e-11);
        }
    }

    [Fact]
    public void The_upper_bound_matches_published_tables()
    {
        // Two-sided 95 % Clopper-Pearson intervals, whose upper ends are one-sided 97.5 % bounds.
        Assert.Equal(0.3085, BinomialTail.UpperBound(0, 10, 0.975), 1e-4);
        Assert.Equal(0.5561, BinomialTail.UpperBound(2, 10, 0.975), 1e-4);
        Assert.Equal(0.8129, BinomialTail.UpperBound(5, 10, 0.975), 1e-4);
        Assert.Equal(0.1762, BinomialTail.UpperBound(10, 100, 0.975), 1e-4);
    }

    [Fact]
    public void The_most_successes_are_the_last_that_prove_the_risk()
    {
        Gen.Select(Gen.Int[1, 20_000], Gen.Double[0.001, 0.3], Gen.Double[0.5, 0.999]).Sample((trials, risk, confidence) =>
        {
            int most = BinomialTail.MostSuccesses(trials, risk, confidence);
            if (most >= 0) Assert.True(BinomialTail.AtMost(most, trials, risk) <= 1 - confidence);
            if (most < trials) Assert.True(BinomialTail.AtMost(most + 1, trials, risk) > 1 - confidence);
        });
    }

    [Fact]
    public void One_percent_at_95_percent_confidence_needs_299_samples_without_a_failure()
    {
        Assert.Equal(299, BinomialTail.TrialsNeeded(0, 0.01, 0.95));
        Assert.Equal(-1, BinomialTail.MostSuccesses(298, 0.01, 0.95));
        Assert.Equal(0, BinomialTail.MostSuccesses(299, 0.01, 0.95));
        Assert.Null(BinomialTail.TrialsNeeded(0.01, 0.01, 0.95));
    }

    [Fact]
    public void The_bound_covers_the_true_rate_as_often_as_it_says()
    {
        // Exactly, by summing the probabilities of every outcome whose bound is below the truth.
        foreach ((int trials, double rate) in new[] { (50, 0.02), (300, 0.01), (1000, 0.05) })
        {
            double missed = 0;
            double before = 0;
            for (int successes = 0; successes < trials; successes++)
            {
                double upTo = BinomialTail.AtMost(successes, trials, rate);
                if (BinomialTail.UpperBound(successes, trials, 0.95) < rate) missed += upTo - before;
                before = upTo;
            }

            Assert.True(missed <= 0.05, $"{trials} trials at {rate}: missed with probability {missed}");
        }
    }
}
