using System.Collections.Immutable;
using EarlyExitGen.Lab.Calibration;
using EarlyExitGen.Lab.Evaluation;

namespace EarlyExitGen.Lab.Reports;

/// <summary>One or more plots under a heading.</summary>
/// <param name="Title">The heading.</param>
/// <param name="Explanation">How to read it.</param>
/// <param name="Legend">What the colours mean; empty where there is one.</param>
/// <param name="Plots">The plots and their captions.</param>
internal sealed record ReportFigure(
    string Title,
    string Explanation,
    ImmutableArray<(string Style, string Meaning)> Legend,
    ImmutableArray<(string Caption, SvgPlot Plot)> Plots);

/// <summary>The plots of a report.</summary>
internal static class ReportFigures
{
    private const int MostPoints = 300;

    public static IEnumerable<ReportFigure> Of(EvaluationReport report)
    {
        if (report.Calibration is not null) yield return Front(report.Calibration, report.Evaluation);
        yield return Depth(report.Evaluation);
        if (report.Evaluation.Policy.Network.Output != OutputKind.Regression) yield return Reliability(report.Evaluation);
        if (report.Latency is not null) yield return Latency(report.Latency);
        if (report.OutOfDistribution is not null) yield return Outside(report.OutOfDistribution);
        if (!report.Evaluation.Sensitivity.IsEmpty) yield return Sensitivity(report.Evaluation);
    }

    private static ReportFigure Front(CalibrationResult calibration, PolicyEvaluation evaluation)
    {
        double full = evaluation.FullDepthCost;
        ImmutableArray<ParetoPoint> front = calibration.Front;
        (double X, double Y)[] points = [.. Thin(front).Select(point => (point.AverageCost / full, point.Loss))];
        double onTest = calibration.Loss switch
        {
            ExitLoss.Harm => evaluation.Depth.Premature,
            ExitLoss.Disagreement => evaluation.Depth.Disagreement,
            _ => evaluation.FullDepthAccuracy - evaluation.Accuracy,
        };
        string loss = calibration.Loss.Describe();
        double at = evaluation.AverageCost / full;
        double promised = calibration.Guarantee?.Risk ?? 0;
        Axis x = Axis.Around("average cost, share of full depth", [.. points.Select(point => point.X), at, 1], isShare: true);
        double highest = Math.Max(4 * Math.Max(promised, Math.Abs(onTest)), 0.02);
        Axis y = Axis.Around("loss", [.. points.Select(point => point.Y).Where(value => value <= highest), onTest, promised], isShare: true);

        SvgPlot plot = new("Loss against average cost", x, y);
        plot.Line(Steps([.. points.Where(point => point.Y <= highest)]), "first");
        List<(string, string)> legend = [("first", "best that thresholds reach on the data that taught them")];
        if (calibration.Guarantee is RiskGuarantee guarantee)
        {
            plot.HorizontalRule(guarantee.Risk, "danger");
            string promise = $"{Format.Percent(guarantee.Risk)} with {Format.Percent(guarantee.Confidence)} confidence";
            legend.Add(("danger", $"promised: at most {promise}"));
        }

        plot.Point(1, 0, "neutral", "full depth");
        ParetoPoint chosen = calibration.Chosen;
        plot.Point(chosen.AverageCost / full, chosen.Loss, "first", "chosen policy on the data that taught it");
        string label = $"chosen policy on test data: {Format.Percent(at)} of full depth, {loss} {Format.Percent(onTest)}";
        plot.Point(at, onTest, "second", label);
        legend.Add(("second", "chosen policy on test data"));
        legend.Add(("neutral", "full depth"));
        return new ReportFigure(
            "Accuracy against compute",
            "Further left is cheaper, lower is better. On new data thresholds do worse than where they were learnt: hence the promise.",
            [.. legend],
            [($"loss: {loss}", plot)]);
    }

    private static ReportFigure Depth(PolicyEvaluation evaluation)
    {
        int exits = evaluation.Exits.Length;
        Axis x = new("exit, counted from 0", -0.5, exits - 0.5, IsWhole: true);
        SvgPlot shares = new("Share of inputs per exit", x, new Axis("share of inputs", 0, 1, IsShare: true));
        SvgPlot accuracy = new("Accuracy per exit", x, Axis.Around("accuracy", [
            .. evaluation.Exits.Select(exit => exit.AccuracyOnAll),
            .. evaluation.Exits.Select(exit => exit.AccuracyOfLeaving)], isShare: true));
        for (int index = 0; index < exits; index++)
        {
            ExitEvaluation exit = evaluation.Exits[index];
            shares.Bar(index - 0.3, index + 0.3, exit.Share, "first", $"{exit.Name}: {Format.Percent(exit.Share)}");
            accuracy.Point(index, exit.AccuracyOnAll, "neutral", $"{exit.Name}, every input: {Format.Percent(exit.AccuracyOnAll)}");
            if (double.IsNaN(exit.AccuracyOfLeaving)) continue;
            accuracy.Point(
                index, exit.AccuracyOfLeaving, "first", $"{exit.Name}, those that leave: {Format.Percent(exit.AccuracyOfLeaving)}");
        }

        return new ReportFigure(
            "Exits by depth",
            "Where inputs leave, and how good the answers are there.",
            [("first", "inputs that leave here"), ("neutral", "every input, had it left here")],
            [("where inputs leave", shares), ("accuracy there", accuracy)]);
    }

    private static ReportFigure Reliability(PolicyEvaluation evaluation)
    {
        List<(string, SvgPlot)> plots = [];
        foreach (ExitEvaluation exit in evaluation.Exits)
        {
            SvgPlot plot = new(
                $"Reliability of {exit.Name}", new Axis("confidence", 0, 1, IsShare: true), new Axis("accuracy", 0, 1, IsShare: true));
            foreach (ReliabilityBin bin in exit.Calibrated.Bins.Where(bin => bin.Rows > 0))
            {
                string label = $"{Format.Count(bin.Rows)} inputs, {Format.Percent(bin.Accuracy)} right";
                plot.Bar(bin.Lower, bin.Upper, bin.Accuracy, "first", label);
            }

            plot.Line([(0, 0), (1, 1)], "neutral");
            plot.Line(
                exit.Uncalibrated.Bins.Where(bin => bin.Rows > 0).Select(bin => (bin.Confidence, bin.Accuracy)), "second");
            plots.Add((
                $"{exit.Name}: ECE {Format.Percent(exit.Uncalibrated.ExpectedCalibrationError)} → " +
                Format.Percent(exit.Calibrated.ExpectedCalibrationError), plot));
        }

        return new ReportFigure(
            "Reliability",
            "Where confidence equals accuracy, bars end on the diagonal. ECE is the average distance from it.",
            [("first", "at the policy's temperature"), ("second", "at temperature 1"), ("neutral", "perfect")],
            [.. plots]);
    }

    private static ReportFigure Latency(LatencyEvaluation latency)
    {
        double longest = 1.2 * Math.Max(latency.EarlyExitBackToBack.P99, latency.FullDepthBackToBack.P99);
        SvgPlot plot = new(
            "Share of calls answered within a time",
            new Axis($"time, {latency.Unit}", 0, Math.Max(longest, 1e-6)),
            new Axis("calls answered", 0, 1, IsShare: true));
        plot.Line(Cumulative(latency.FullDepth), "neutral").Line(Cumulative(latency.EarlyExit), "first");
        return new ReportFigure(
            "Latency",
            "The share of calls that are answered within a time, back to back. Further left is faster.",
            [("first", "early exit"), ("neutral", "full depth")],
            [("back to back", plot)]);
    }

    private static ReportFigure Outside(OutOfDistribution outside)
    {
        List<(string, SvgPlot)> plots = [];
        foreach (OutOfDistributionExit exit in outside.Exits)
        {
            int bins = exit.InsideConfidence.Length;
            double highest = Math.Max(exit.InsideConfidence.Max(), exit.OutsideConfidence.Max());
            SvgPlot plot = new(
                $"Confidence at {exit.Name}",
                new Axis("confidence", 0, 1, IsShare: true),
                new Axis("share of inputs", 0, 1.05 * highest, IsShare: true));
            for (int bin = 0; bin < bins; bin++)
            {
                double from = (double)bin / bins;
                double to = (bin + 1.0) / bins;
                plot.Bar(from, to, exit.InsideConfidence[bin], "first", $"known: {Format.Percent(exit.InsideConfidence[bin])}");
                plot.Bar(from, to, exit.OutsideConfidence[bin], "second", $"unknown: {Format.Percent(exit.OutsideConfidence[bin])}");
            }

            plots.Add(($"{exit.Name}: AUROC of the confidence {Format.Number(exit.Separations[0].AreaUnderRoc)}", plot));
        }

        return new ReportFigure(
            "Unknown inputs",
            "Confidence of inputs that belong to no class the network knows, beside inputs that do. The less they overlap, the better.",
            [("first", "known"), ("second", "unknown")],
            [.. plots]);
    }

    private static ReportFigure Sensitivity(PolicyEvaluation evaluation)
    {
        List<(string, SvgPlot)> plots = [];
        SensitivityPoint[] all = [.. evaluation.Sensitivity.SelectMany(one => one.Points)];
        double[] accuracies = [.. all.Select(point => point.Accuracy), evaluation.Accuracy];
        double[] costs = [.. all.Select(point => point.AverageCost / evaluation.FullDepthCost)];
        foreach (ThresholdSensitivity one in evaluation.Sensitivity.Where(one => !one.Points.IsEmpty))
        {
            string name = evaluation.Exits[one.Exit].Name;
            Axis x = Axis.Around($"threshold of {name}", one.Points.Select(point => (double)point.Threshold));
            double now = evaluation.Policy[one.Exit];
            SvgPlot accuracy = new($"Accuracy by the threshold of {name}", x, Axis.Around("accuracy", accuracies, isShare: true));
            accuracy.Line(one.Points.Select(point => ((double)point.Threshold, point.Accuracy)), "first").VerticalRule(now, "second");
            SvgPlot cost = new($"Cost by the threshold of {name}", x, Axis.Around("average cost", costs, isShare: true));
            cost.Line(
                one.Points.Select(point => ((double)point.Threshold, point.AverageCost / evaluation.FullDepthCost)), "third");
            cost.VerticalRule(now, "second");
            plots.Add(($"{name}: accuracy", accuracy));
            plots.Add(($"{name}: average cost, share of full depth", cost));
        }

        return new ReportFigure(
            "Sensitivity to each threshold",
            "One threshold moves, the others stay. Where the line is flat at the mark, the choice is safe.",
            [("first", "accuracy"), ("third", "average cost"), ("second", "the policy's threshold")],
            [.. plots]);
    }

    private static IEnumerable<ParetoPoint> Thin(ImmutableArray<ParetoPoint> front)
    {
        int shown = Math.Min(front.Length, MostPoints);
        for (int index = 0; index < shown; index++)
        {
            yield return front[shown == 1 ? 0 : (int)((long)index * (front.Length - 1) / (shown - 1))];
        }
    }

    /// <summary>Between two points nothing better was found: the front is a staircase.</summary>
    private static IEnumerable<(double X, double Y)> Steps(ImmutableArray<(double X, double Y)> points)
    {
        for (int index = 0; index < points.Length; index++)
        {
            if (index > 0) yield return (points[index - 1].X, points[index].Y);
            yield return points[index];
        }
    }

    private static IEnumerable<(double X, double Y)> Cumulative(ImmutableArray<double> latencies)
    {
        double[] sorted = [.. latencies.Order()];
        int shown = Math.Min(sorted.Length, MostPoints);
        yield return (sorted[0], 0);
        for (int index = 0; index < shown; index++)
        {
            int at = shown == 1 ? 0 : (int)((long)index * (sorted.Length - 1) / (shown - 1));
            yield return (sorted[at], (at + 1.0) / sorted.Length);
        }
    }
}
