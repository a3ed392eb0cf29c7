using System.Diagnostics;

namespace EarlyExitGen.Lab.Evaluation;

/// <summary>
/// Times one pipeline under several policies on the same inputs. The policies take turns, and in going first too, so that whatever else
/// the machine does meets all of them alike.
/// </summary>
internal static class InterleavedTiming
{
    private const int Warmup = 20;

    /// <summary>Times every policy once in each round.</summary>
    /// <param name="policies">The contenders.</param>
    /// <param name="assign">Gives the pipeline a policy.</param>
    /// <param name="call">Answers the input of a round; told the contender's number.</param>
    /// <param name="rounds">The timed rounds; the untimed ones before them repeat the first.</param>
    /// <returns>Milliseconds, [contender][round].</returns>
    public static double[][] Run(ExitPolicy[] policies, Action<ExitPolicy> assign, Action<int, int> call, int rounds)
    {
        double[][] times = [.. policies.Select(_ => new double[rounds])];
        for (int round = -Warmup; round < rounds; round++)
        {
            for (int turn = 0; turn < policies.Length; turn++)
            {
                int contender = (turn + round + Warmup) % policies.Length;
                assign(policies[contender]);
                long start = Stopwatch.GetTimestamp();
                call(Math.Max(round, 0), contender);
                long ticks = Stopwatch.GetTimestamp() - start;

                // Not by a TimeSpan, whose unit of 100 ns makes short calls last 0.
                if (round >= 0) times[contender][round] = ticks * 1000.0 / Stopwatch.Frequency;
            }
        }

        return times;
    }
}
