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
    /// <param name="call">Answers one input, given the number of the round: all contenders of a round answer the same one.</param>
    /// <param name="rounds">The timed calls per contender; at least 1.</param>
    /// <returns>Milliseconds per call.</returns>
    public static CostModel Measure(NetworkPlan network, Action<ExitPolicy> assign, Action<int> call, int rounds = 200)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(assign);
        ArgumentNullException.ThrowIfNull(call);
        ArgumentOutOfRangeException.ThrowIfLessThan(rounds, 1);
        return Model(network, InterleavedTiming.Run(Contenders(network), assign, (round, _) => call(round), rounds));
    }

    /// <summary>One policy per exit that answers there alone, and then one per early exit that is passed on the way to the last.</summary>
    internal static ExitPolicy[] Contenders(NetworkPlan network)
    {
        int last = network.Exits.Length - 1;
        ExitPolicy off = ExitPolicy.Default(network).WithoutEarlyExits();
        return
        [
            .. Enumerable.Range(0, last).Select(exit => off.WithConditions(exit, hold: true)),
            off,
            .. Enumerable.Range(0, last).Select(exit => off.WithConditions(exit, hold: false)),
        ];
    }

    /// <summary>The costs that follow from the times of <see cref="Contenders"/>.</summary>
    internal static CostModel Model(NetworkPlan network, ReadOnlySpan<double[]> times)
    {
        int last = network.Exits.Length - 1;
        double[] medians = new double[times.Length];
        for (int contender = 0; contender < medians.Length; contender++) medians[contender] = LatencySummary.Of(times[contender]).P50;
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
}
