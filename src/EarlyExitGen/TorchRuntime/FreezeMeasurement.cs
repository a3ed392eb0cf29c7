using System.Diagnostics;
using static TorchSharp.torch;

namespace EarlyExitGen.TorchRuntime;

/// <summary>What the measurements of <c>Freeze()</c> have in common: for how long, on what, and what counts as the same answer.</summary>
internal static class FreezeMeasurement
{
    private const int MostRounds = 5;
    private const double Hopeless = 3;

    // The ways sum in different orders. This tells a wrong answer, not a rounded one.
    private const double Tolerance = 1e-4;

    private static readonly TimeSpan LongestMeasurement = TimeSpan.FromMilliseconds(10);

    /// <summary>Whether to measure once more: a network is frozen while somebody waits.</summary>
    public static bool GoesOn(int round, long start) =>
        round < MostRounds && (round < 2 || Stopwatch.GetElapsedTime(start) < LongestMeasurement);

    /// <summary>Whether to time a way again: not one that gives something else, or that took several times as long as the best.</summary>
    public static bool MayWin(double shortest, double best) => shortest <= Hopeless * best;

    /// <summary>An input that no way can answer by zeros.</summary>
    public static Tensor Input(long[] shape) => linspace(-1, 1, shape.Aggregate(1L, (product, size) => product * size)).reshape(shape);

    /// <summary>Whether two ways give the same.</summary>
    public static bool Matches(Tensor actual, Tensor expected)
    {
        if (!actual.shape.SequenceEqual(expected.shape)) return false;
        double scale = Math.Max(expected.abs().max().item<float>(), 1e-6);
        return (actual - expected).abs().max().item<float>() <= Tolerance * scale;
    }

    /// <summary>The microseconds that one call takes, whose result is let go.</summary>
    public static unsafe double Time(Func<NewTensor> call)
    {
        long start = Stopwatch.GetTimestamp();
        nint result = call().Handle;
        double time = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        LibTorchSharp.Dispose(result);
        return time;
    }
}
