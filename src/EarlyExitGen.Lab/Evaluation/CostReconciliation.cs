using System.Collections.Immutable;

namespace EarlyExitGen.Lab.Evaluation;

/// <summary>
/// Costs beside the clock: whether what the parts of a network cost, each measured alone, adds up to what whole calls take.
/// </summary>
/// <param name="Measured">The cost of the parts by the clock: backbone, heads and checks, as <see cref="CostMeasurement"/> gives it.</param>
/// <param name="Exits">One per exit.</param>
/// <param name="Modelled">What the parts of an input add up to on average, in the measured costs' unit.</param>
/// <param name="Clock">
/// A call by the clock on average, in the same unit, each counted as the median of the calls that left at the same exit: the parts are
/// medians too, and a call that the system interrupted is no cost of the network.
/// </param>
/// <param name="Agreement">The share of calls that answered at the exit at which the replayed policy lets the input leave.</param>
public sealed record CostReconciliation(
    CostModel Measured, ImmutableArray<ReconciledExit> Exits, double Modelled, double Clock, double Agreement)
{
    /// <summary>The clock over the parts' sum: 1 when nothing is missing.</summary>
    public double Ratio => Clock / Modelled;

    /// <summary>Batches beside single inputs; null when they were not measured.</summary>
    public BatchCost? Batch { get; init; }

    /// <summary>
    /// Times a pipeline on every input with a policy, at full depth, and with each of its parts alone, all in turns, and holds the parts
    /// against the policy's calls.
    /// </summary>
    /// <param name="policy">The policy.</param>
    /// <param name="replayed">Per input, the exit that a replay of the policy expects.</param>
    /// <param name="assign">Gives the pipeline a policy.</param>
    /// <param name="call">Answers one input, given by its number, and tells the exit that answered.</param>
    /// <returns>The latencies of the policy and of full depth, and the reconciliation, in milliseconds.</returns>
    public static (LatencyEvaluation Latency, CostReconciliation Costs) Measure(
        ExitPolicy policy, ReadOnlySpan<int> replayed, Action<ExitPolicy> assign, Func<int, int> call)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(assign);
        ArgumentNullException.ThrowIfNull(call);
        ExitPolicy[] parts = CostMeasurement.Contenders(policy.Network);
        int early = parts.Length;
        int full = policy.Network.Exits.Length - 1;
        int[] answered = new int[replayed.Length];
        double[][] times = InterleavedTiming.Run(
            [.. parts, policy],
            assign,
            (input, contender) =>
            {
                int exit = call(input);
                if (contender == early) answered[input] = exit;
            },
            replayed.Length);
        assign(policy);
        CostModel measured = CostMeasurement.Model(policy.Network, times.AsSpan(0, parts.Length));
        return (LatencyEvaluation.Of("ms", times[early], times[full]), Of(policy, measured, replayed, answered, times[early]));
    }

    /// <summary>Reconciles recorded calls with the cost of the parts.</summary>
    /// <param name="policy">The policy of the calls.</param>
    /// <param name="measured">The cost of the parts, by the same clock and in the calls' unit.</param>
    /// <param name="replayed">Per call, the exit that a replay of the policy expects.</param>
    /// <param name="answered">Per call, the exit that answered.</param>
    /// <param name="latencies">Per call, how long it took.</param>
    /// <exception cref="ArgumentException">There is no call, or the lengths differ.</exception>
    public static CostReconciliation Of(
        ExitPolicy policy,
        CostModel measured,
        ReadOnlySpan<int> replayed,
        ReadOnlySpan<int> answered,
        ReadOnlySpan<double> latencies)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(measured);
        measured.RequireFor(policy.Network);
        if (latencies.IsEmpty || replayed.Length != latencies.Length || answered.Length != latencies.Length)
        {
            throw new ArgumentException(
                $"Every call needs an expected exit, an exit and a latency, but there are {replayed.Length}, {answered.Length} and " +
                $"{latencies.Length}.", nameof(latencies));
        }

        CostModel macs = CostModel.FromMacs(policy.Network);
        int callCount = latencies.Length;
        double modelled = 0;
        int agreeing = 0;
        List<double>[] calls = [.. Enumerable.Range(0, measured.Exits).Select(_ => new List<double>())];
        for (int call = 0; call < callCount; call++)
        {
            modelled += measured.Of(policy, answered[call]) / callCount;
            calls[answered[call]].Add(latencies[call]);
            if (answered[call] == replayed[call]) agreeing++;
        }

        ImmutableArray<ReconciledExit> exits =
        [
            .. calls.Select((latenciesHere, exit) => new ReconciledExit(
                policy.Network.Exits[exit].Name,
                macs.Of(policy, exit) / macs.FullDepth,
                measured.Of(policy, exit),
                latenciesHere.Count == 0 ? null : LatencySummary.Of([.. latenciesHere]))),
        ];
        double clock = exits.Sum(exit => exit.Clock is null ? 0 : exit.Clock.P50 * exit.Clock.Count / callCount);
        return new CostReconciliation(measured, exits, modelled, clock, (double)agreeing / callCount);
    }
}

/// <summary>One exit of a <see cref="CostReconciliation"/>.</summary>
/// <param name="Name">The exit.</param>
/// <param name="MacShare">The multiply–accumulate operations of an input that leaves here, as a share of full depth's.</param>
/// <param name="Modelled">What the measured parts of an input that leaves here add up to.</param>
/// <param name="Clock">The calls that left here, by the clock; null when none did.</param>
public sealed record ReconciledExit(string Name, double MacShare, double Modelled, LatencySummary? Clock);
