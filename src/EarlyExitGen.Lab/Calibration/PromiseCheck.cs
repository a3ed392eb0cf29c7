using EarlyExitGen.Lab.Evaluation;

namespace EarlyExitGen.Lab.Calibration;

/// <summary>
/// How often a promise holds when the calibration is repeated on fresh samples, with thresholds that are merely tuned to the same limit
/// on the same samples beside it.
/// </summary>
/// <remarks>
/// <para>
/// A promise is about the expected loss on the distribution that its samples are drawn from. Here this distribution is known, because it
/// is the pool: each draw deals some rows of the pool to calibration, at random and without replacement, and a policy's expected loss on
/// a further random row of the pool is its mean loss over the pool. So <see cref="PromiseTally.HeldOnPool"/> counts what is promised:
/// at a confidence of 95 %, it is at least 95 % of the draws but for the luck of the draws. Drawing without replacement only sharpens a
/// binomial test (Hoeffding, "Probability Inequalities for Sums of Bounded Random Variables", 1963, theorem 4).
/// </para>
/// <para>
/// <see cref="PromiseTally.HeldOnRest"/> counts another event: that the mean loss over the rows that were left holds the limit. Nobody
/// promised it. The rest is a finite sample with noise of its own, and what a lucky sample took is missing there, so that the two means
/// deviate from the pool's to opposite sides. Where n rows tested a promise that lies at the very edge of its bound and m rows are
/// left, its mean over the rest holds with a probability of about Φ(z · √(m / (n + m))), where Φ(z) is the confidence: 88 % for halves
/// at 95 %. <see cref="HeldOnRestAtWorst"/> gives it.
/// </para>
/// </remarks>
/// <param name="PoolRows">The rows of the pool.</param>
/// <param name="Samples">The rows that each draw calibrates on.</param>
/// <param name="Draws">The number of draws.</param>
/// <param name="Loss">What is promised; a rate.</param>
/// <param name="Risk">The limit.</param>
/// <param name="Confidence">Of the promise.</param>
/// <param name="Promised">The thresholds that come with a promise.</param>
/// <param name="PromisedDrop">The same thresholds by the drop of the accuracy, which the promise limits too.</param>
/// <param name="Tuned">Thresholds that keep the limit on the samples that they were tuned on.</param>
/// <param name="TunedDrop">Thresholds that keep the accuracy's drop within the limit on the samples that they were tuned on.</param>
public sealed record PromiseCheck(
    int PoolRows,
    int Samples,
    int Draws,
    ExitLoss Loss,
    double Risk,
    double Confidence,
    PromiseTally Promised,
    PromiseTally PromisedDrop,
    PromiseTally Tuned,
    PromiseTally TunedDrop)
{
    /// <summary>
    /// The share of draws in which the limit holds on the rows that are left, for promises that all lie at the very edge of their bound.
    /// </summary>
    public double HeldOnRestAtWorst { get; init; }

    /// <summary>Repeats a calibration. The same pool, options and numbers give the same counts.</summary>
    /// <param name="pool">Logits of data that the network was not trained on: the more, the closer to a distribution.</param>
    /// <param name="risk">The limit, in (0, 1).</param>
    /// <param name="confidence">In (0, 1).</param>
    /// <param name="samples">The rows that each draw calibrates on; at least 2 and fewer than the pool has.</param>
    /// <param name="draws">At least 1; draw i uses seed i.</param>
    /// <param name="loss">What is promised; a rate.</param>
    /// <param name="options">How to calibrate; the defaults when null.</param>
    /// <param name="drawn">Told the number of draws that are done.</param>
    /// <param name="cancellation">Ends it after the current draw.</param>
    /// <exception cref="ArgumentException">The loss is not a rate.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static PromiseCheck Run(
        RecordedLogits pool,
        double risk,
        double confidence,
        int samples,
        int draws = 200,
        ExitLoss loss = ExitLoss.Harm,
        CalibrationOptions? options = null,
        IProgress<int>? drawn = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(samples, pool.Rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(draws, 1);
        options ??= new CalibrationOptions();
        CostModel costs = options.Costs ?? CostModel.FromMacs(pool.Network);
        CalibrationBudget limit = loss == ExitLoss.Disagreement ? CalibrationBudget.Disagreement(risk) : CalibrationBudget.Harm(risk);
        Counter promised = new(loss, risk, costs);
        Counter promisedDrop = new(ExitLoss.AccuracyDrop, risk, costs);
        Counter tuned = new(loss, risk, costs);
        Counter tunedDrop = new(ExitLoss.AccuracyDrop, risk, costs);
        for (int draw = 0; draw < draws; draw++)
        {
            cancellation.ThrowIfCancellationRequested();
            (RecordedLogits sample, RecordedLogits rest) = pool.Split((double)samples / pool.Rows, draw);
            CalibrationOptions seeded = options with { Seed = draw };
            ExitPolicy promise = Calibrator.CalibrateWithRisk(sample, risk, confidence, loss, seeded).Policy;
            promised.Add(promise, pool, rest);
            promisedDrop.Add(promise, pool, rest);
            tuned.Add(Calibrator.Calibrate(sample, limit, seeded).Policy, pool, rest);
            tunedDrop.Add(Calibrator.Calibrate(sample, CalibrationBudget.AccuracyDrop(risk), seeded).Policy, pool, rest);
            drawn?.Report(draw + 1);
        }

        double tested = (1 - options.LearningShare) * samples;
        double left = pool.Rows - samples;
        double edge = MathNet.Numerics.Distributions.Normal.InvCDF(0, 1, confidence) * Math.Sqrt(left / (tested + left));
        return new PromiseCheck(
            pool.Rows, samples, draws, loss, risk, confidence, promised.Tally(), promisedDrop.Tally(), tuned.Tally(), tunedDrop.Tally())
        {
            HeldOnRestAtWorst = MathNet.Numerics.Distributions.Normal.CDF(0, 1, edge),
        };
    }

    private sealed class Counter(ExitLoss loss, double risk, CostModel costs)
    {
        private int draws;
        private int heldOnPool;
        private int heldOnRest;
        private double meanLoss;
        private double largestLoss = double.NegativeInfinity;
        private double cost;

        public void Add(ExitPolicy policy, RecordedLogits pool, RecordedLogits rest)
        {
            ExitTable table = new(pool, policy);
            int[] left = table.Replay(policy);
            double onPool = Mean(table, left);
            ExitTable restTable = new(rest, policy);
            double onRest = Mean(restTable, restTable.Replay(policy));
            if (onPool <= risk) heldOnPool++;
            if (onRest <= risk) heldOnRest++;
            meanLoss += onPool;
            largestLoss = Math.Max(largestLoss, onPool);
            cost += left.Average(exit => costs.Of(policy, exit)) / costs.FullDepth;
            draws++;
        }

        public PromiseTally Tally() => new(loss, heldOnPool, heldOnRest, meanLoss / draws, largestLoss, cost / draws);

        private double Mean(ExitTable table, int[] left)
        {
            long sum = 0;
            for (int row = 0; row < left.Length; row++) sum += loss.Of(table, left[row], row);
            return (double)sum / left.Length;
        }
    }
}

/// <summary>What one kind of thresholds did over all draws of a <see cref="PromiseCheck"/>.</summary>
/// <param name="Loss">What is limited.</param>
/// <param name="HeldOnPool">In how many draws the mean loss over the pool, the expected loss, kept the limit.</param>
/// <param name="HeldOnRest">In how many draws the mean loss over the rows that were left kept it.</param>
/// <param name="MeanLoss">The expected loss, averaged over the draws.</param>
/// <param name="LargestLoss">The largest expected loss of any draw.</param>
/// <param name="AverageCost">The average cost over the pool as a share of full depth's, averaged over the draws.</param>
public sealed record PromiseTally(
    ExitLoss Loss, int HeldOnPool, int HeldOnRest, double MeanLoss, double LargestLoss, double AverageCost);
