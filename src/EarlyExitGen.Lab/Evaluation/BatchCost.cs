namespace EarlyExitGen.Lab.Evaluation;

/// <summary>What one input costs in a batch from which rows leave at different exits, by the clock.</summary>
/// <param name="BatchSize">The rows of a batch.</param>
/// <param name="Unit">The unit of the times, each for one row.</param>
/// <param name="EarlyExit">With early exits.</param>
/// <param name="FullDepth">At full depth, with no other exit on.</param>
/// <param name="Parts">
/// What stages, heads and checks add up to at this batch size: the rest of <paramref name="EarlyExit"/> is gathering the rows that stay,
/// scattering those that leave, and what the smaller batches deeper down cost or save by the row.
/// </param>
public sealed record BatchCost(int BatchSize, string Unit, double EarlyExit, double FullDepth, double Parts)
{
    /// <summary>What gathering costs a row; negative where smaller batches are cheaper by the row, or the clock is too noisy to tell.</summary>
    public double Gathering => EarlyExit - Parts;

    /// <summary>Times batches with early exits and at full depth in turn, and the parts of the network at the same batch size.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="shares">The share of the inputs that leave at each exit under it.</param>
    /// <param name="batchSize">The rows of every batch.</param>
    /// <param name="batches">The number of different batches; at least 1.</param>
    /// <param name="assign">Gives the pipeline a policy.</param>
    /// <param name="call">Answers one batch, given by its number.</param>
    /// <param name="rounds">How often each batch is timed; at least 1.</param>
    public static BatchCost Measure(
        ExitPolicy policy,
        ReadOnlySpan<double> shares,
        int batchSize,
        int batches,
        Action<ExitPolicy> assign,
        Action<int> call,
        int rounds = 5)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(assign);
        ArgumentNullException.ThrowIfNull(call);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(batches, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(rounds, 1);
        ExitPolicy[] parts = CostMeasurement.Contenders(policy.Network);
        double[][] times = InterleavedTiming.Run(
            [.. parts, policy], assign, (run, _) => call(run % batches), checked(rounds * batches));
        assign(policy);
        CostModel costs = CostMeasurement.Model(policy.Network, times.AsSpan(0, parts.Length));
        return new BatchCost(
            batchSize,
            costs.Unit,
            LatencySummary.Of(times[parts.Length]).P50 / batchSize,
            costs.FullDepth / batchSize,
            costs.Average(policy, shares) / batchSize);
    }
}
