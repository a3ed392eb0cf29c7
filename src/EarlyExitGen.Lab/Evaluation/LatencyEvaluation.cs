using System.Collections.Immutable;
using System.Diagnostics;

namespace EarlyExitGen.Lab.Evaluation;

/// <summary>Latencies with early exits beside full depth's, back to back and under an arrival trace.</summary>
/// <param name="Unit">The unit, for example <c>ms</c>.</param>
/// <param name="EarlyExit">Each call with early exits, in order.</param>
/// <param name="FullDepth">Each call to full depth on the same inputs, in order.</param>
/// <param name="EarlyExitBackToBack">The former, summarised.</param>
/// <param name="FullDepthBackToBack">The latter, summarised.</param>
/// <param name="EarlyExitUnderTrace">Response times of the former under the trace.</param>
/// <param name="FullDepthUnderTrace">Response times of the latter under the same trace.</param>
/// <param name="TraceLoad">How busy full depth is under the trace, as the share of the time that it works.</param>
public sealed record LatencyEvaluation(
    string Unit,
    ImmutableArray<double> EarlyExit,
    ImmutableArray<double> FullDepth,
    LatencySummary EarlyExitBackToBack,
    LatencySummary FullDepthBackToBack,
    LatencySummary EarlyExitUnderTrace,
    LatencySummary FullDepthUnderTrace,
    double TraceLoad)
{
    private const double BurstFactor = 4;

    /// <summary>Evaluates recorded latencies, call by call, under one bursty trace that keeps full depth this busy.</summary>
    /// <param name="unit">The unit of the latencies.</param>
    /// <param name="earlyExit">One per call; at least one.</param>
    /// <param name="fullDepth">One per call on the same inputs.</param>
    /// <param name="traceLoad">In (0, 1).</param>
    /// <param name="seed">Of the trace.</param>
    public static LatencyEvaluation Of(
        string unit, ReadOnlySpan<double> earlyExit, ReadOnlySpan<double> fullDepth, double traceLoad = 0.7, int seed = 1)
    {
        ArgumentException.ThrowIfNullOrEmpty(unit);
        if (!(traceLoad > 0 && traceLoad < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(traceLoad), traceLoad, "The load of a trace lies between 0 and 1.");
        }

        LatencySummary full = LatencySummary.Of(fullDepth);
        double[] arrivals = ArrivalTrace.Bursty(fullDepth.Length, full.Mean / traceLoad, BurstFactor, seed);
        return new LatencyEvaluation(
            unit,
            [.. earlyExit],
            [.. fullDepth],
            LatencySummary.Of(earlyExit),
            full,
            LatencySummary.Of(ArrivalTrace.Respond(arrivals, earlyExit)),
            LatencySummary.Of(ArrivalTrace.Respond(arrivals, fullDepth)),
            traceLoad);
    }

    /// <summary>
    /// Times two calls on the same inputs in turn, so that a machine that slows down or speeds up does so for both, and evaluates them.
    /// </summary>
    /// <param name="inputs">The number of inputs; at least 1.</param>
    /// <param name="callEarlyExit">Answers one input with early exits.</param>
    /// <param name="callFullDepth">Answers one input at full depth.</param>
    /// <param name="warmup">Calls of each that are not counted.</param>
    public static LatencyEvaluation Measure(int inputs, Action<int> callEarlyExit, Action<int> callFullDepth, int warmup = 50)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(inputs, 1);
        ArgumentNullException.ThrowIfNull(callEarlyExit);
        ArgumentNullException.ThrowIfNull(callFullDepth);
        for (int call = 0; call < warmup; call++)
        {
            callEarlyExit(call % inputs);
            callFullDepth(call % inputs);
        }

        double[] early = new double[inputs];
        double[] full = new double[inputs];
        for (int input = 0; input < inputs; input++)
        {
            early[input] = Time(callEarlyExit, input);
            full[input] = Time(callFullDepth, input);
        }

        return Of("ms", early, full);
    }

    private static double Time(Action<int> call, int input)
    {
        long start = Stopwatch.GetTimestamp();
        call(input);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
