using System.Diagnostics;

namespace EarlyExitGen.Benchmarks.Economics;

/// <summary>Several ways of the same work in turns, for two seconds.</summary>
internal static class Turns
{
    private const int MostTurns = 400;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    /// <summary>Until the just-in-time compiler has optimised what it compiled quickly at first.</summary>
    public static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);

    /// <summary>The median of each, in microseconds.</summary>
    /// <param name="ways">How many there are.</param>
    /// <param name="prepare">Makes the next calls those of a way; not timed.</param>
    /// <param name="call">Does the work once.</param>
    public static double[] Medians(int ways, Action<int> prepare, Action call)
    {
        List<double>[] times = [.. Enumerable.Range(0, ways).Select(_ => new List<double>())];
        long start = Stopwatch.GetTimestamp();
        for (int turn = 0; turn < 3 || (times[^1].Count < MostTurns && Stopwatch.GetElapsedTime(start) < Longest); turn++)
        {
            for (int way = 0; way < ways; way++)
            {
                prepare(way);
                call();
                long begin = Stopwatch.GetTimestamp();
                call();
                double time = Stopwatch.GetElapsedTime(begin).TotalMicroseconds;
                if (turn > 0 && (turn < 3 || Stopwatch.GetElapsedTime(start) > WarmUp)) times[way].Add(time);
            }
        }

        return [.. times.Select(Median)];
    }

    private static double Median(List<double> times) => times.Order().ElementAt(times.Count / 2);
}
