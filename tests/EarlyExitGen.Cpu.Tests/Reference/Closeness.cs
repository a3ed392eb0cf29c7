namespace EarlyExitGen.Cpu.Tests.Reference;

/// <summary>How far float32 results are from float64's.</summary>
internal static class Closeness
{
    /// <summary>
    /// The largest difference over the largest expected value, or over 1 where that is less: the tests' values are of that size, and a
    /// lone sum may cancel to nothing. NaN counts as infinitely far.
    /// </summary>
    public static double RelativeError(double[] expected, ReadOnlySpan<float> actual) => RelativeError(expected, expected, actual);

    /// <summary>
    /// As <see cref="RelativeError(double[], ReadOnlySpan{float})"/>, over the largest sum of the terms' absolute values: what cancels or is
    /// cut off leaves its rounding behind.
    /// </summary>
    public static double RelativeError(double[] expected, double[] sums, ReadOnlySpan<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        double difference = 0;
        double scale = 1;
        for (int index = 0; index < expected.Length; index++)
        {
            double off = Math.Abs(expected[index] - actual[index]);
            difference = Math.Max(difference, double.IsNaN(off) ? double.PositiveInfinity : off);
        }

        foreach (double sum in sums) scale = Math.Max(scale, Math.Abs(sum));

        return difference / scale;
    }

    /// <summary>
    /// Standard normal values; the same seed gives the same ones. SplitMix64: neighbouring seeds of <see cref="Random"/> are correlated,
    /// and weights that mirror their inputs make sums that no layer has.
    /// </summary>
    public static float[] Normal(int count, int seed)
    {
        ulong state = unchecked((ulong)seed * 0xD1342543DE82EF95UL);
        float[] values = new float[count];
        for (int index = 0; index < count; index++)
        {
            double radius = Math.Sqrt(-2 * Math.Log(1 - Uniform(ref state)));
            values[index] = (float)(radius * Math.Cos(2 * Math.PI * Uniform(ref state)));
        }

        return values;
    }

    private static double Uniform(ref ulong state)
    {
        ulong mixed = unchecked(state += 0x9E3779B97F4A7C15UL);
        mixed = unchecked((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9UL);
        mixed = unchecked((mixed ^ (mixed >> 27)) * 0x94D049BB133111EBUL);
        return ((mixed ^ (mixed >> 31)) >> 11) * Math.ScaleB(1, -53);
    }
}
