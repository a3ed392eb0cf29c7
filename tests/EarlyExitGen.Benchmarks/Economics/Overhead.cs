using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using EarlyExitGen.Benchmarks.Compare;
using EarlyExitGen.Criteria;

namespace EarlyExitGen.Benchmarks.Economics;

/// <summary>What the exits cost an input that never leaves early: their heads and their checks.</summary>
/// <param name="NetworkMacs">Of the network without its early exits.</param>
/// <param name="HeadMacs">Of the early exits' heads.</param>
/// <param name="NoExitsUs">The median call without early exits.</param>
/// <param name="NeverExitUs">The median call that runs and checks each early exit and leaves at the last.</param>
/// <param name="ChecksUs">The scores of the early exits alone, on logits that are there already.</param>
internal sealed record Overhead(long NetworkMacs, long HeadMacs, double NoExitsUs, double NeverExitUs, double ChecksUs)
{
    private const int ScoresPerRound = 2_000;
    private const int Rounds = 15;

    public static Overhead Measure(IGeneratedContender pipeline, NetworkPlan plan)
    {
        double[] times = Turns.Medians(ways: 2, way => pipeline.LeaveAt(way == 0 ? null : plan.Exits.Length - 1), pipeline.Call);
        return new Overhead(FullMacs(plan), plan.Exits[..^1].Sum(exit => exit.Macs ?? 0), times[0], times[1], Checks(plan));
    }

    public static long FullMacs(NetworkPlan plan) => plan.Stages.Sum(stage => stage.Macs ?? 0) + (plan.Exits[^1].Macs ?? 0);

    public string ToText() => string.Create(
        CultureInfo.InvariantCulture,
        $"  one input that never leaves   heads {HeadMacs:N0} MACs ({(double)HeadMacs / NetworkMacs:0.00 %})   " +
        $"{NoExitsUs:0.0} → {NeverExitUs:0.0} µs ({(NeverExitUs / NoExitsUs) - 1:+0.0 %;-0.0 %})   " +
        $"checks alone {ChecksUs:0.00} µs ({ChecksUs / NoExitsUs:0.00 %}{(ChecksUs > 0.01 * NoExitsUs ? ", above 1 %" : "")})");

    private static double Checks(NetworkPlan plan)
    {
        float[] logits = [.. Enumerable.Range(0, plan.Classes).Select(index => MathF.Sin(index * 1.7f) * 4)];
        ExitCriterion[] criteria = [.. plan.Exits[..^1].Select(exit => exit.Criterion!)];
        List<double> times = [];
        long begin = Stopwatch.GetTimestamp();
        while (times.Count < Rounds)
        {
            float sum = 0;
            long start = Stopwatch.GetTimestamp();
            for (int call = 0; call < ScoresPerRound; call++) sum += Score(criteria, logits);

            double time = Stopwatch.GetElapsedTime(start).TotalMicroseconds / ScoresPerRound;
            if (float.IsNaN(sum)) throw new InvalidOperationException($"{plan.Name}: a score is NaN.");
            if (Stopwatch.GetElapsedTime(begin) > Turns.WarmUp) times.Add(time);
        }

        return times.Order().ElementAt(times.Count / 2);
    }

    // A method of its own, so that the runtime compiles it for the second time too.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static float Score(ExitCriterion[] criteria, float[] logits)
    {
        float sum = 0;
        foreach (ExitCriterion criterion in criteria) sum += criterion.Score(logits, 1);
        return sum;
    }
}
