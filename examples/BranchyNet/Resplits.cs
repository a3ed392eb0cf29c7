using System.Globalization;
using EarlyExitGen;
using EarlyExitGen.Lab.Calibration;
using EarlyExitGen.Lab.Evaluation;
using Spectre.Console;

namespace BranchyNet;

/// <summary>How often a promise, and a plainly tuned budget, hold on the other half of the data, over many random halves.</summary>
internal static class Resplits
{
    private const double Confidence = 0.95;

    public static Table Count(RecordedLogits recorded, double risk, int splits)
    {
        int promisedHarm = 0;
        int promisedDrop = 0;
        int tunedDrop = 0;
        double promisedCost = 0;
        double tunedCost = 0;
        for (int split = 0; split < splits; split++)
        {
            (RecordedLogits calibration, RecordedLogits test) = recorded.Split(0.5, seed: split);
            CalibrationOptions options = new() { Seed = split };
            ExitPolicy policy = Calibrator.CalibrateWithRisk(calibration, risk, Confidence, options: options).Policy;
            PolicyEvaluation promised = Evaluator.Evaluate(test, policy);
            PolicyEvaluation tuned = Evaluator.Evaluate(
                test, Calibrator.Calibrate(calibration, CalibrationBudget.AccuracyDrop(risk), options).Policy);
            if (promised.Depth.Premature <= risk) promisedHarm++;
            if (promised.FullDepthAccuracy - promised.Accuracy <= risk) promisedDrop++;
            if (tuned.FullDepthAccuracy - tuned.Accuracy <= risk) tunedDrop++;
            promisedCost += promised.AverageCost / promised.FullDepthCost / splits;
            tunedCost += tuned.AverageCost / tuned.FullDepthCost / splits;
        }

        string limit = risk.ToString("0.0##%", CultureInfo.InvariantCulture);
        string title = $"{splits} random halves: does at most {limit} hold on the other half?";
        Table table = new Table().Title(title).AddColumns("", "holds", "cost");
        table.AddRow("promised at 95 %: accuracy drop", Held(promisedDrop), Share(promisedCost));
        table.AddRow("promised at 95 %: inputs that only full depth gets right", Held(promisedHarm), Share(promisedCost));
        table.AddRow("plainly tuned: accuracy drop", Held(tunedDrop), Share(tunedCost));
        return table;

        string Held(int count) => string.Create(CultureInfo.InvariantCulture, $"{count} of {splits}");
    }

    private static string Share(double share) => (100 * share).ToString("0.0", CultureInfo.InvariantCulture) + " % of full depth";
}
