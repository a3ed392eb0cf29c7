namespace EarlyExitGen.Lab.Evaluation;

/// <summary>
/// Requests that arrive when they arrive, not when the last one is done: a slow call then also delays those behind it, which
/// back-to-back timing hides. Repeatable by its seed.
/// </summary>
public static class ArrivalTrace
{
    /// <summary>
    /// Arrival times of a two-state Markov-modulated Poisson process: calm traffic with bursts in which requests come faster.
    /// </summary>
    /// <param name="count">The number of requests; at least 1.</param>
    /// <param name="meanInterval">The mean time between requests over the whole trace; above 0.</param>
    /// <param name="burstFactor">How many times faster requests come in a burst; at least 1, which is a plain Poisson process.</param>
    /// <param name="seed">Of the random numbers.</param>
    /// <returns>Times from 0 on, ascending, in the unit of <paramref name="meanInterval"/>.</returns>
    public static double[] Bursty(int count, double meanInterval, double burstFactor, int seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(meanInterval);
        ArgumentOutOfRangeException.ThrowIfLessThan(burstFactor, 1);
#pragma warning disable CA5394 // Not for security: a trace must be repeatable.
        Random random = new(seed);

        // A request switches the state with chance 1/20, so half of the requests come in bursts of 20 on average.
        const double SwitchChance = 0.05;
        double calmInterval = 2 * meanInterval * burstFactor / (1 + burstFactor);
        bool burst = false;
        double time = 0;
        double[] arrivals = new double[count];
        for (int request = 0; request < count; request++)
        {
            arrivals[request] = time;
            if (random.NextDouble() < SwitchChance) burst = !burst;
            time += -Math.Log(1 - random.NextDouble()) * (burst ? calmInterval / burstFactor : calmInterval);
        }
#pragma warning restore CA5394

        return arrivals;
    }

    /// <summary>The time from each request's arrival to its answer, at one server that serves in the order of arrival.</summary>
    /// <param name="arrivals">Ascending.</param>
    /// <param name="service">How long each request runs; as many.</param>
    public static double[] Respond(ReadOnlySpan<double> arrivals, ReadOnlySpan<double> service)
    {
        if (arrivals.Length != service.Length)
        {
            throw new ArgumentException(
                $"{arrivals.Length} arrivals need as many service times, but there are {service.Length}.", nameof(service));
        }

        double free = double.NegativeInfinity;
        double[] responses = new double[arrivals.Length];
        for (int request = 0; request < responses.Length; request++)
        {
            free = Math.Max(free, arrivals[request]) + service[request];
            responses[request] = free - arrivals[request];
        }

        return responses;
    }
}
