using FashionMnist.Benchmark;
using Spectre.Console;

namespace FashionMnist.Reporting;

/// <summary>Prints a <see cref="Report"/> and the comparison with the hand-written network.</summary>
internal static class ReportTables
{
    /// <summary>One row per exit, and the totals below.</summary>
    public static void Print(IAnsiConsole console, Report report, double speedUp)
    {
        Table table = ConsoleTables.WithColumns("exit", "criterion", "threshold", "share", "accuracy", "MACs", "p50 µs");
        foreach (ExitReport exit in report.Exits)
        {
            table.AddRow(
                exit.Name,
                exit.Criterion ?? "always",
                $"{exit.Threshold:0.###}",
                Percent(exit.Share),
                exit.Accuracy is double accuracy ? Percent(accuracy) : "–",
                $"{exit.Macs:N0}",
                exit.P50Us is double median ? $"{median:F1}" : "–");
        }

        console.Write(table);
        console.WriteLine($"accuracy           early exit {Percent(report.Accuracy)}   full depth {Percent(report.FullDepthAccuracy)}");
        console.WriteLine(
            $"MACs per image     early exit {report.AverageMacs:N0}   full depth {report.FullMacs:N0}" +
            $"   → {Percent(report.AverageMacs / report.FullMacs)}");
        console.WriteLine(
            $"latency, p50 µs    early exit {report.LatencyUs.P50:F1}   full depth {report.LatencyUs.Full.P50:F1}");
        console.WriteLine($"speed-up           {speedUp:F2}× over full depth, in time for all test images");
    }

    /// <summary>Two rows per way through the network.</summary>
    public static void Print(IAnsiConsole console, IReadOnlyList<Comparison> comparisons)
    {
        Table table = ConsoleTables.WithColumns("images that", "code", "p50 µs", "p99 µs", "bytes per call", "p50 ratio");
        foreach (Comparison comparison in comparisons)
        {
            table.AddRow([comparison.Path, "generated", .. Cells(comparison.Generated), $"{comparison.Ratio:F2}"]);
            table.AddRow(["", "by hand", .. Cells(comparison.HandWritten), ""]);
        }

        console.Write(table);
    }

    private static IEnumerable<string> Cells(Measurement measurement) =>
    [
        $"{measurement.Microseconds.P50:F1}",
        $"{measurement.Microseconds.P99:F1}",
        $"{measurement.BytesPerCall:N0}",
    ];

    private static string Percent(double share) => $"{100 * share:F1} %";
}
