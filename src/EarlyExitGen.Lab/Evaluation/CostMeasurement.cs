using System.Diagnostics;

namespace EarlyExitGen.Lab.Evaluation;

/// <summary>Measures what exits cost by the clock.</summary>
public static class CostMeasurement
{
    /// <summary>
    /// Times a pipeline that is made to answer at each exit in turn, with every other exit off, and then at the last exit with one other
    /// exit on that never fires: the difference is that exit's head and check. The contenders take turns, and medians are compared.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="assign">Gives the pipeline a policy.</param>
    /// <param name="call">Answers one input, the same every time.</param>
    /// <param name="rounds">The timed calls per contender; at least 1.</param>
    /// <returns>Milliseconds per call.</returns>
    public static CostModel Measure(NetworkPlan network, Action<ExitPolicy> assign, Action call, int rounds = 200)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(assign);
        ArgumentNullException.ThrowIfNull(call);
        ArgumentOutOfRangeException.ThrowIfLessThan(rounds, 1);
        int last = network.Exits.Length - 1;
        ExitPolicy off = ExitPolicy.Default(network);
        for (int exit = 0; exit < last; exit++) off = off.WithDisabled(exit);

        ExitPolicy[] alone = new ExitPolicy[last + 1];
        ExitPolicy[] passed = new ExitPolicy[last];
        alone[last] = off;
        for (int exit = 0; exit < last; exit++)
        {
            alone[exit] = off.With(exit, network.Exits[exit].Always());
            passed[exit] = off.With(exit, network.Exits[exit].NeverFires());
        }

        double[] medians = MedianTimes([.. alone, .. passed], assign, call, rounds);
        double[] heads = new double[last + 1];
        double[] backbone = new double[last + 1];
        for (int exit = 0; exit <= last; exit++)
        {
            // What the clock can't tell from nothing is nothing. The last head always runs, so it counts with the backbone.
            heads[exit] = exit == last ? 0 : Math.Max(0, medians[last + 1 + exit] - medians[last]);
            double deeper = Math.Max(0, medians[exit] - heads[exit]);
            backbone[exit] = exit == 0 ? deeper : Math.Max(backbone[exit - 1], deeper);
        }

        return new CostModel("ms", backbone, heads);
    }

    private static double[] MedianTimes(ExitPolicy[] contenders, Action<ExitPolicy> assign, Action call, int rounds)
    {
        const int Warmup = 5;
        double[][] times = [.. contenders.Select(_ => new double[rounds])];
        for (int round = -Warmup; round < rounds; round++)
        {
            for (int contender = 0; contender < contenders.Length; contender++)
            {
                assign(contenders[contender]);
                long start = Stopwatch.GetTimestamp();
                call();
                if (round >= 0) times[contender][round] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }
        }

        return Array.ConvertAll(times, values => LatencySummary.Of(values).P50);
    }
}
