using EarlyExitGen.Lab.Calibration;
using EarlyExitGen.Lab.Evaluation;

namespace EarlyExitGen.Lab.Reports;

/// <summary>What a reader should take away, in whole sentences.</summary>
internal static class ReportStatements
{
    public static IEnumerable<string> Of(EvaluationReport report)
    {
        PolicyEvaluation evaluation = report.Evaluation;
        yield return
            $"Early exit answers {Format.Percent(1 - evaluation.Exits[^1].Share)} of the inputs before the last exit, costs " +
            $"{Format.Percent(evaluation.AverageCost / evaluation.FullDepthCost)} of full depth on average and changes the accuracy by " +
            $"{Format.Points(evaluation.Accuracy - evaluation.FullDepthAccuracy)}.";
        yield return
            $"An input that takes no early exit costs {Format.Percent(evaluation.NeverExitCost / evaluation.FullDepthCost)} of full depth.";
        if (evaluation.AverageCost >= evaluation.FullDepthCost)
        {
            yield return "Early exit does not pay here: it costs at least as much as full depth.";
        }

        if (report.BaselineAccuracy is double baseline)
        {
            yield return
                "Training with early exits changes the last exit's accuracy by " +
                $"{Format.Points(evaluation.FullDepthAccuracy - baseline)} against the same network trained without.";
        }

        if (evaluation.Policy.Calibration is CalibrationRecord record)
        {
            yield return $"Calibrated on {Format.Count(record.Samples)} held-out samples for: {record.Budget}.";
            yield return record.Guarantee is null ? "No promise is made for new data." : $"Promised: {record.Guarantee}.";
        }

        if (report.Promise is PromiseCheck check)
        {
            yield return
                $"Over {Format.Count(check.Draws)} random draws of {Format.Count(check.Samples)} samples such a promise held in " +
                $"{Format.Count(check.Promised.HeldOnPool)}; thresholds tuned to the same limit without it held in " +
                $"{Format.Count(check.Tuned.HeldOnPool)}.";
        }

        if (report.Calibration is null) yield break;
        foreach (string note in report.Calibration.Notes) yield return note;
    }
}
