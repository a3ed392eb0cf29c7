using System.Collections.Immutable;
using EarlyExitGen.Lab.Evaluation;

namespace EarlyExitGen.Lab.Reports;

/// <summary>Tables of measured costs.</summary>
internal static class CostTables
{
    /// <summary>The cost of the parts, and what they add up to, beside calls by the clock.</summary>
    public static ReportTable Clock(CostReconciliation costs)
    {
        string unit = costs.Measured.Unit;
        return new ReportTable(
            $"Costs and the clock, in {unit}: a call takes {Format.Number(costs.Clock)} on average, its parts add up to " +
            $"{Format.Number(costs.Modelled)} ({Format.Factor(costs.Ratio)}); {Format.Percent(costs.Agreement)} of the calls answer at " +
            "the replay's exit",
            ["exit", "MACs", "backbone", "head and check", "parts", "clock p50", "p95", "clock / parts"],
            [.. costs.Exits.Select((exit, index) => ImmutableArray.Create(
                exit.Name,
                Format.Percent(exit.MacShare),
                Format.Number(costs.Measured.Backbone(index)),
                index == costs.Exits.Length - 1 ? "with the backbone" : Format.Number(costs.Measured.Head(index)),
                Format.Number(exit.Modelled),
                exit.Clock is null ? "–" : Format.Number(exit.Clock.P50),
                exit.Clock is null ? "–" : Format.Number(exit.Clock.P95),
                exit.Clock is null ? "–" : Format.Factor(exit.Clock.P50 / exit.Modelled)))]);
    }

    /// <summary>What one row of a batch costs.</summary>
    public static ReportTable Batch(BatchCost batch) => new(
        $"Batches of {Format.Count(batch.BatchSize)}, in {batch.Unit} per input",
        ["", "time", "share of full depth"],
        [
            Row("full depth", batch.FullDepth, batch),
            Row("early exit", batch.EarlyExit, batch),
            Row("of it stages, heads and checks", batch.Parts, batch),
            Row("of it gathering, and the smaller batches deeper down", batch.Gathering, batch),
        ]);

    private static ImmutableArray<string> Row(string name, double time, BatchCost batch) =>
        [name, Format.Number(time), Format.Percent(time / batch.FullDepth)];
}
