namespace FashionMnist.Evaluation;

/// <summary>What a set of latencies looks like, in microseconds.</summary>
/// <param name="P50">Half of the calls are at least as fast.</param>
/// <param name="P95">95 % of the calls are at least as fast.</param>
/// <param name="P99">99 % of the calls are at least as fast.</param>
internal sealed record Percentiles(double P50, double P95, double P99)
{
    /// <summary>The nearest-rank percentiles of at least one latency.</summary>
    public static Percentiles Of(IEnumerable<double> microseconds)
    {
        double[] sorted = [.. microseconds.Order()];
        return new Percentiles(At(sorted, 0.50), At(sorted, 0.95), At(sorted, 0.99));
    }

    private static double At(double[] sorted, double share) => sorted[(int)Math.Ceiling(share * sorted.Length) - 1];
}
