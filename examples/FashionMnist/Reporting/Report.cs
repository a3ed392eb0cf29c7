using EarlyExitGen;
using FashionMnist.Evaluation;

namespace FashionMnist.Reporting;

/// <summary>What early exit saved and what it cost, as <c>report.json</c> holds it. Shares and accuracies lie in [0, 1].</summary>
/// <param name="Network">The network's class.</param>
/// <param name="Accuracy">With early exit.</param>
/// <param name="FullDepthAccuracy">When every image goes to the last exit.</param>
/// <param name="AverageMacs">Multiply–accumulate operations per image with early exit.</param>
/// <param name="FullMacs">Multiply–accumulate operations of an image that takes no early exit.</param>
/// <param name="Exits">One entry per exit, in order.</param>
/// <param name="LatencyUs">Of one image per call, on one thread.</param>
internal sealed record Report(
    string Network,
    double Accuracy,
    double FullDepthAccuracy,
    double AverageMacs,
    long FullMacs,
    ExitReport[] Exits,
    LatencyReport LatencyUs)
{
    /// <summary>Compares two passes over the same images.</summary>
    public static Report Of(NetworkPlan network, TestPass earlyExit, TestPass fullDepth, ReadOnlySpan<byte> labels)
    {
        int[] images = [.. Enumerable.Range(0, labels.Length)];
        ExitReport[] exits = new ExitReport[network.Exits.Length];
        for (int exit = 0; exit < exits.Length; exit++)
        {
            int[] leaving = [.. images.Where(image => earlyExit.Decisions[image].Exit == exit)];
            exits[exit] = ExitReport.Of(network.Exits[exit], earlyExit, leaving, labels);
        }

        return new Report(
            network.Name,
            earlyExit.Accuracy(images, labels)!.Value,
            fullDepth.Accuracy(images, labels)!.Value,
            network.AverageMacs([.. exits.Select(exit => exit.Share)])!.Value,
            network.FullMacs!.Value,
            exits,
            LatencyReport.Of(earlyExit.Latency(images)!, fullDepth.Latency(images)!));
    }
}

/// <summary>One exit of a <see cref="Report"/>.</summary>
/// <param name="Name">The member's name.</param>
/// <param name="Criterion">The criterion's name; null for the last exit.</param>
/// <param name="Threshold">In the criterion's unit; null for the last exit.</param>
/// <param name="Share">The share of the images that left here.</param>
/// <param name="Accuracy">On those images; null when there is none.</param>
/// <param name="Macs">Multiply–accumulate operations of an image that leaves here, from the input on.</param>
/// <param name="P50Us">The median latency of those images in microseconds; null when there is none.</param>
internal sealed record ExitReport(
    string Name, string? Criterion, float? Threshold, double Share, double? Accuracy, long Macs, double? P50Us)
{
    /// <summary>What happened to the images that left at <paramref name="exit"/>.</summary>
    public static ExitReport Of(ExitPlan exit, TestPass earlyExit, int[] leaving, ReadOnlySpan<byte> labels) => new(
        exit.Name,
        exit.Criterion?.Name,
        exit.Criterion is null ? null : exit.Threshold,
        leaving.Length / (double)labels.Length,
        earlyExit.Accuracy(leaving, labels),
        exit.CumulativeMacs!.Value,
        earlyExit.Latency(leaving)?.P50);
}

/// <summary>Latencies in microseconds, over all calls for all test images.</summary>
/// <param name="P50">With early exit: half of the calls are at least as fast.</param>
/// <param name="P95">With early exit: 95 % of the calls are at least as fast.</param>
/// <param name="P99">With early exit: 99 % of the calls are at least as fast.</param>
/// <param name="Full">When every image goes to the last exit.</param>
internal sealed record LatencyReport(double P50, double P95, double P99, Percentiles Full)
{
    /// <summary>The latencies of both passes.</summary>
    public static LatencyReport Of(Percentiles earlyExit, Percentiles fullDepth) =>
        new(earlyExit.P50, earlyExit.P95, earlyExit.P99, fullDepth);
}
