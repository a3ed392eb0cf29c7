using System.Collections.Immutable;
using EarlyExitGen.Lab.Calibration;
using EarlyExitGen.Lab.Evaluation;

namespace EarlyExitGen.Lab.Reports;

/// <summary>A table of plain text, for every form of the report and for a console.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="Columns">The heads of the columns; the first one names the rows.</param>
/// <param name="Rows">The cells.</param>
public sealed record ReportTable(string Title, ImmutableArray<string> Columns, ImmutableArray<ImmutableArray<string>> Rows)
{
    /// <summary>Every table of a report, in reading order.</summary>
    public static ImmutableArray<ReportTable> Of(EvaluationReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        List<ReportTable> tables = [Summary(report), Exits(report.Evaluation), Depth(report.Evaluation)];
        if (!report.Evaluation.Classes.IsEmpty) tables.Add(Classes(report));
        if (report.Latency is not null) tables.Add(Latency(report.Latency));
        if (report.Costs is not null) tables.Add(CostTables.Clock(report.Costs));
        if (report.Costs?.Batch is not null) tables.Add(CostTables.Batch(report.Costs.Batch));
        if (!report.Evaluation.Sensitivity.IsEmpty) tables.Add(Sensitivity(report.Evaluation));
        if (report.OutOfDistribution is not null) tables.Add(Outside(report.OutOfDistribution));
        if (!report.Shifts.IsEmpty) tables.Add(Shifts(report));
        if (report.Slowdown is not null) tables.Add(Slowdown(report.Slowdown, report.Evaluation.Costs.Unit));
        if (report.Promise is not null) tables.Add(PromiseTable.Of(report.Promise));
        return [.. tables];
    }

    /// <summary>How often a promise held.</summary>
    public static ReportTable Of(PromiseCheck check)
    {
        ArgumentNullException.ThrowIfNull(check);
        return PromiseTable.Of(check);
    }

    private static ReportTable Summary(EvaluationReport report)
    {
        PolicyEvaluation evaluation = report.Evaluation;
        string unit = evaluation.Costs.Unit;
        List<ImmutableArray<string>> rows =
        [
            ["accuracy", Format.Percent(evaluation.Accuracy), Format.Percent(evaluation.FullDepthAccuracy)],
            ["average cost", Format.Cost(evaluation.AverageCost, unit), Format.Cost(evaluation.FullDepthCost, unit)],
            ["largest cost", Format.Cost(evaluation.NeverExitCost, unit), Format.Cost(evaluation.FullDepthCost, unit)],
            ["speed-up by cost", Format.Factor(evaluation.Speedup), Format.Factor(1)],
        ];
        if (evaluation is { Error: double error, FullDepthError: double fullDepthError })
        {
            rows.Add(["mean absolute error", Format.Number(error), Format.Number(fullDepthError)]);
        }

        if (report.BaselineAccuracy is double baseline)
        {
            rows.Add(["accuracy when trained without exits", "", Format.Percent(baseline)]);
            rows.Add(["change of the last exit by training with exits", "", Format.Points(evaluation.FullDepthAccuracy - baseline)]);
        }

        return new ReportTable($"Summary over {Format.Count(evaluation.Rows)} inputs", ["", "early exit", "full depth"], [.. rows]);
    }

    private static ReportTable Exits(PolicyEvaluation evaluation) => new(
        "Exits",
        ["exit", "threshold", "temperature", "leave here", "accuracy of those", "accuracy on all", "cost", "ECE before", "ECE after"],
        [.. evaluation.Exits.Select((exit, index) => ImmutableArray.Create(
            exit.Name,
            Threshold(evaluation.Policy, index),
            Format.Number(evaluation.Policy.Temperature(index)),
            Format.Percent(exit.Share),
            Format.Percent(exit.AccuracyOfLeaving),
            Format.Percent(exit.AccuracyOnAll),
            Format.Cost(exit.Cost, evaluation.Costs.Unit),
            Format.Percent(exit.Uncalibrated.ExpectedCalibrationError),
            Format.Percent(exit.Calibrated.ExpectedCalibrationError)))]);

    private static string Threshold(ExitPolicy policy, int exit)
    {
        if (policy.Network.Exits[exit].Criterion is not { } criterion) return "answers always";
        if (!policy.IsEnabled(exit)) return $"{criterion.Name}: off";
        ExitPlan plan = policy.Network.Exits[exit];
        string separator = plan.Combination == Combination.All ? " and " : " or ";
        return string.Join(separator, plan.Criteria.Select((condition, index) =>
            $"{condition.Name} {(plan.LeavesAbove(condition) ? "≥" : "≤")} {Format.Number(policy[exit, index])}"));
    }

    private static ReportTable Depth(PolicyEvaluation evaluation) => new(
        "Answers by depth",
        ["", "share of inputs"],
        [
            ["premature: left with a wrong answer that full depth puts right", Format.Percent(evaluation.Depth.Premature)],
            ["saved: left with a right answer that full depth spoils", Format.Percent(evaluation.Depth.Saved)],
            ["other answer than full depth's", Format.Percent(evaluation.Depth.Disagreement)],
            ["overthinking: full depth is wrong, an early exit is right", Format.Percent(evaluation.Depth.Overthinking)],
            ["changes of the answer from exit to exit, per input", Format.Number(evaluation.Depth.MeanFlips)],
        ]);

    private static ReportTable Classes(EvaluationReport report) => new(
        "Classes",
        ["class", "inputs", .. report.Evaluation.Exits.Select(exit => $"leave at {exit.Name}"), "accuracy", "full depth", "change"],
        [.. report.Evaluation.Classes.Select(label => ImmutableArray.Create<string>(
        [
            report.ClassName(label.Label),
            Format.Count(label.Rows),
            .. label.ExitShares.Select(Format.Percent),
            Format.Percent(label.Accuracy),
            Format.Percent(label.FullDepthAccuracy),
            Format.Points(-label.AccuracyLoss),
        ]))]);

    private static ReportTable Latency(LatencyEvaluation latency)
    {
        return new ReportTable(
            $"Latency in {latency.Unit}",
            ["", "mean", "p50", "p95", "p99", "worst"],
            [
                Row("early exit, back to back", latency.EarlyExitBackToBack),
                Row("full depth, back to back", latency.FullDepthBackToBack),
                Row($"early exit, arrivals at {Format.Percent(latency.TraceLoad)} of full depth's capacity", latency.EarlyExitUnderTrace),
                Row("full depth, the same arrivals", latency.FullDepthUnderTrace),
            ]);

        static ImmutableArray<string> Row(string name, LatencySummary summary) =>
        [
            name,
            Format.Number(summary.Mean),
            Format.Number(summary.P50),
            Format.Number(summary.P95),
            Format.Number(summary.P99),
            Format.Number(summary.Worst),
        ];
    }

    /// <summary>The tried thresholds that let about these shares of the inputs pass, from strict to loose.</summary>
    private static ReportTable Sensitivity(PolicyEvaluation evaluation)
    {
        const int Shown = 5;
        return new ReportTable(
            "Sensitivity: one threshold moves, the others stay",
            ["exit", "threshold", "leave here", "accuracy", "change", "average cost"],
            [.. evaluation.Sensitivity.Where(moved => moved.Points.Length > 0).SelectMany(moved => Enumerable.Range(0, Shown)
                .Select(step => moved.Points[step * (moved.Points.Length - 1) / (Shown - 1)]).Distinct()
                .Select(point => ImmutableArray.Create(
                    evaluation.Exits[moved.Exit].Name,
                    Format.Number(point.Threshold),
                    Format.Percent(point.Share),
                    Format.Percent(point.Accuracy),
                    Format.Points(point.Accuracy - evaluation.Accuracy),
                    Format.Cost(point.AverageCost, evaluation.Costs.Unit))))]);
    }

    private static ReportTable Outside(OutOfDistribution outside) => new(
        $"Unknown inputs: {Format.Percent(outside.OutsideEarlyRate)} leave early (known: {Format.Percent(outside.InsideEarlyRate)}), " +
        $"{Format.Percent(outside.ShallowOverconfidence)} with confidence of {Format.Percent(OutOfDistribution.Overconfident)} or more",
        ["exit", "known leave", "unknown leave", .. outside.Exits[0].Separations.Select(separation => $"AUROC of {separation.Criterion}")],
        [.. outside.Exits.Select(exit => ImmutableArray.Create<string>(
        [
            exit.Name,
            Format.Percent(exit.InsideShare),
            Format.Percent(exit.OutsideShare),
            .. exit.Separations.Select(separation => Format.Number(separation.AreaUnderRoc)),
        ]))]);

    private static ReportTable Shifts(EvaluationReport report) => new(
        "Shifted inputs",
        ["shift", "accuracy", "full depth", "leave early", "average cost"],
        [.. report.Shifts.Select(shift => ImmutableArray.Create(
            shift.Shift,
            Format.Percent(shift.Accuracy),
            Format.Percent(shift.FullDepthAccuracy),
            Format.Percent(shift.EarlyRate),
            Format.Cost(shift.AverageCost, report.Evaluation.Costs.Unit)))]);

    private static ReportTable Slowdown(SlowdownAttack attack, string unit)
    {
        return new ReportTable(
            $"Slowdown attack: changes of at most {Format.Number(attack.Epsilon)} take back {Format.Percent(attack.Effectiveness)} " +
            "of what early exit saves",
            ["inputs", "average cost", "leave early", "accuracy"],
            [
                Row("as they are", attack.CostBefore, attack.EarlyRateBefore, attack.AccuracyBefore),
                Row("random changes", attack.NoiseCost, double.NaN, double.NaN),
                Row("attacked", attack.CostAfter, attack.EarlyRateAfter, attack.AccuracyAfter),
            ]);

        ImmutableArray<string> Row(string name, double cost, double early, double accuracy) =>
            [name, Format.Cost(cost, unit), Format.Percent(early), Format.Percent(accuracy)];
    }
}
