namespace EarlyExitGen.Lab.Evaluation;

/// <summary>The distribution of latencies. A percentile is the smallest value that at least that share does not exceed.</summary>
/// <param name="Count">The number of calls.</param>
/// <param name="Mean">The mean.</param>
/// <param name="P50">The median.</param>
/// <param name="P95">The 95th percentile.</param>
/// <param name="P99">The 99th percentile.</param>
/// <param name="Worst">The largest.</param>
public sealed record LatencySummary(int Count, double Mean, double P50, double P95, double P99, double Worst)
{
    /// <summary>Summarises latencies in any unit.</summary>
    /// <param name="latencies">At least one; finite and not negative.</param>
    /// <exception cref="ArgumentException">There is none, or one is not a latency.</exception>
    public static LatencySummary Of(ReadOnlySpan<double> latencies)
    {
        if (latencies.IsEmpty) throw new ArgumentException("There is no latency to summarise.", nameof(latencies));
        double[] sorted = latencies.ToArray();
        if (Array.FindIndex(sorted, value => !(double.IsFinite(value) && value >= 0)) is int wrong and >= 0)
        {
            throw new ArgumentException($"Latency {wrong} is {sorted[wrong]}; expected a finite number of at least 0.", nameof(latencies));
        }

        Array.Sort(sorted);
        return new LatencySummary(sorted.Length, sorted.Average(), At(sorted, 50), At(sorted, 95), At(sorted, 99), sorted[^1]);
    }

    private static double At(double[] sorted, int percent) =>
        sorted[(int)((((long)percent * sorted.Length) + 99) / 100) - 1];
}
