namespace EarlyExitGen.Cpu.Tests.Reference;

/// <summary>How far float32 results are from float64's.</summary>
internal static class Closeness
{
    /// <summary>
    /// The largest difference over the largest expected value, or over 1 where that is less: the tests' values are of that size, and a
    /// lone sum may cancel to nothing. NaN counts as infinitely far.
    /// </summary>
    public static double RelativeError(double[] expected, ReadOnlySpan<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        double difference = 0;
        double scale = 1;
        for (int index = 0; index < expected.Length; index++)
        {
            double off = Math.Abs(expected[index] - actual[index]);
            difference = Math.Max(difference, double.IsNaN(off) ? double.PositiveInfinity : off);
            scale = Math.Max(scale, Math.Abs(expected[index]));
        }

        return difference / scale;
    }

    /// <summary>Standard normal values; the same seed gives the same ones.</summary>
    public static float[] Normal(int count, int seed)
    {
        Random random = new(seed);
        float[] values = new float[count];
        for (int index = 0; index < count; index++)
        {
            values[index] = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        }

        return values;
    }
}
