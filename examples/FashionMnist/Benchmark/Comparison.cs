using FashionMnist.Evaluation;

namespace FashionMnist.Benchmark;

/// <summary>Both contenders on the same images.</summary>
/// <param name="Path">Which way through the network the images took.</param>
/// <param name="Generated">The compiled pipeline.</param>
/// <param name="HandWritten">The same network written by hand.</param>
internal sealed record Comparison(string Path, Measurement Generated, Measurement HandWritten)
{
    /// <summary>The compiled pipeline's median latency over the hand-written network's; below 1 it is the faster one.</summary>
    public double Ratio => Generated.Microseconds.P50 / HandWritten.Microseconds.P50;
}

/// <summary>One contender's calls.</summary>
/// <param name="Microseconds">Their latencies.</param>
/// <param name="BytesPerCall">The managed memory that a call allocated, on average.</param>
internal sealed record Measurement(Percentiles Microseconds, double BytesPerCall);
