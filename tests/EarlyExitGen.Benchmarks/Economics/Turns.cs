using System.Diagnostics;

namespace EarlyExitGen.Benchmarks.Economics;

/// <summary>Two ways of the same work in turns, for about a second.</summary>
internal static class Turns
{
    private const int MostTurns = 400;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(100);

    /// <summary>The medians of both, in microseconds.</summary>
    /// <param name="prepare">Makes the next calls those of the first way (0) or of the second (1); not timed.</param>
    /// <param name="call">Does the work once.</param>
    public static (double First, double Second) Median(Action<int> prepare, Action call)
    {
        List<double>[] times = [[], []];
        long start = Stopwatch.GetTimestamp();
        for (int turn = 0; turn < 3 || (times[1].Count < MostTurns && Stopwatch.GetElapsedTime(start) < Longest); turn++)
        {
            for (int way = 0; way < 2; way++)
            {
                prepare(way);
                call();
                long begin = Stopwatch.GetTimestamp();
                call();
                double time = Stopwatch.GetElapsedTime(begin).TotalMicroseconds;
                if (turn > 0 && (turn < 3 || Stopwatch.GetElapsedTime(start) > WarmUp)) times[way].Add(time);
            }
        }

        return (Median(times[0]), Median(times[1]));
    }

    private static double Median(List<double> times) => times.Order().ElementAt(times.Count / 2);
}
