using System.Globalization;
using EarlyExitGen.Benchmarks.Compare;

namespace EarlyExitGen.Benchmarks.Economics;

/// <summary>What a batch gains whose rows leave at every exit.</summary>
/// <param name="Rows">How many rows.</param>
/// <param name="Leave">How many leave at each exit.</param>
/// <param name="ShareOfMacs">The rows' average multiply–accumulates, their heads included, over those of the network without early exits.</param>
/// <param name="FullUs">The median batch without early exits.</param>
/// <param name="MixedUs">The median batch with them.</param>
/// <param name="PathUs">The median batch that leaves at an exit as a whole, for each exit.</param>
internal sealed record Throughput(int Rows, int[] Leave, double ShareOfMacs, double FullUs, double MixedUs, double[] PathUs)
{
    /// <summary>Throughput over what it would be if time were MACs; 1 is ideal.</summary>
    public double Efficiency => ShareOfMacs * FullUs / MixedUs;

    /// <summary>
    /// Throughput over what it would be if to leave rows out of a batch cost nothing, so that each row took its share of the time that whole
    /// batches take to its exit. What <see cref="Efficiency"/> lacks beyond this lies in the network: its early stages take longer for their
    /// MACs than its late ones.
    /// </summary>
    public double EfficiencyOfCompaction => Leave.Select((rows, exit) => rows * PathUs[exit]).Sum() / Rows / MixedUs;

    public static Throughput Measure(IGeneratedContender pipeline, NetworkPlan plan, ExitPolicy mixed)
    {
        pipeline.Policy = mixed;
        pipeline.Call();
        int[] leave = [.. plan.Exits.Select((_, exit) => pipeline.Decisions.Count(decision => decision.Exit == exit))];
        double macs = pipeline.Decisions.Average(decision => (double)(plan.Exits[decision.Exit].CumulativeMacs ?? 0));

        void prepare(int way)
        {
            if (way < plan.Exits.Length) pipeline.LeaveAt(way);
            else if (way == plan.Exits.Length) pipeline.LeaveAt(null);
            else pipeline.Policy = mixed;
        }

        double[] times = Turns.Medians(plan.Exits.Length + 2, prepare, pipeline.Call);
        return new Throughput(pipeline.Decisions.Count, leave, macs / Overhead.FullMacs(plan), times[^2], times[^1], times[..^2]);
    }

    public string ToText() => string.Create(
        CultureInfo.InvariantCulture,
        $"  batch of {Rows}, leaving {string.Join("/", Leave)}   {Rows / FullUs * 1e6:N0} → {Rows / MixedUs * 1e6:N0} rows/s   " +
        $"{ShareOfMacs:0.0 %} of the MACs   {Efficiency:0.00} of the ideal{(Efficiency < 0.85 ? ", below 0.85" : "")}   " +
        $"{EfficiencyOfCompaction:0.00} of what the stages' own times allow");
}
