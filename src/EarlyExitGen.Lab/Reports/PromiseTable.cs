using System.Collections.Immutable;
using EarlyExitGen.Lab.Calibration;

namespace EarlyExitGen.Lab.Reports;

/// <summary>The table of a <see cref="PromiseCheck"/>.</summary>
internal static class PromiseTable
{
    public static ReportTable Of(PromiseCheck check)
    {
        string limit = Format.Percent(check.Risk);
        return new ReportTable(
            $"{Format.Count(check.Draws)} random draws of {Format.Count(check.Samples)} from a pool of {Format.Count(check.PoolRows)}: " +
            $"does at most {limit} hold?",
            ["thresholds, and what is limited", "on the pool", "on the rest", "mean loss", "largest", "cost"],
            [
                Row($"promised at {Confidence(check)}: {Name(check.Promised)}", check.Promised),
                Row($"promised at {Confidence(check)}: {Name(check.PromisedDrop)}", check.PromisedDrop),
                Row($"plainly tuned: {Name(check.Tuned)}", check.Tuned),
                Row($"plainly tuned: {Name(check.TunedDrop)}", check.TunedDrop),
            ]);

        ImmutableArray<string> Row(string name, PromiseTally tally) =>
        [
            name,
            Held(tally.HeldOnPool),
            Held(tally.HeldOnRest),
            Format.Percent(tally.MeanLoss),
            Format.Percent(tally.LargestLoss),
            Format.Percent(tally.AverageCost),
        ];

        string Held(int draws) => $"{Format.Count(draws)} ({Format.Percent((double)draws / check.Draws)})";
    }

    private static string Name(PromiseTally tally) => tally.Loss.Describe();

    private static string Confidence(PromiseCheck check) => Format.Percent(check.Confidence);
}
