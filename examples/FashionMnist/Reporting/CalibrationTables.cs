using EarlyExitGen;
using EarlyExitGen.Lab.Calibration;
using EarlyExitGen.Lab.Evaluation;
using Spectre.Console;

namespace FashionMnist.Reporting;

/// <summary>Prints what a calibration found.</summary>
internal static class CalibrationTables
{
    private const int FrontRows = 8;

    /// <summary>Prints the exits, what is promised, and a few policies of the front.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="result">The calibration.</param>
    /// <param name="unseen">Its policy on held-out images from which nothing was learnt.</param>
    /// <param name="heldOut">The number of all held-out images.</param>
    public static void Print(IAnsiConsole console, CalibrationResult result, PolicyEvaluation unseen, int heldOut)
    {
        console.WriteLine();
        console.WriteLine(
            $"Calibrated on {heldOut:N0} held-out images; the figures are of the {unseen.Rows:N0} among them from which nothing was learnt");
        Table exits = ConsoleTables.WithColumns("exit", "criterion", "threshold", "temperature", "leave here", "ECE before", "ECE after");
        for (int exit = 0; exit < unseen.Exits.Length; exit++)
        {
            ExitPlan plan = result.Policy.Network.Exits[exit];
            ExitEvaluation evaluation = unseen.Exits[exit];
            exits.AddRow(
                plan.Name,
                plan.Criterion?.Name ?? "always",
                plan.Criterion is null ? "" : result.Policy.IsEnabled(exit) ? $"{result.Policy[exit]:0.####}" : "off",
                $"{result.Policy.Temperature(exit):0.###}",
                Percent(evaluation.Share),
                Percent(evaluation.Uncalibrated.ExpectedCalibrationError),
                Percent(evaluation.Calibrated.ExpectedCalibrationError));
        }

        console.Write(exits);
        console.WriteLine($"accuracy       early exit {Percent(unseen.Accuracy)}   full depth {Percent(unseen.FullDepthAccuracy)}");
        console.WriteLine($"average cost   {Percent(unseen.AverageCost / unseen.FullDepthCost)} of full depth, in {unseen.Costs.Unit}");
        console.WriteLine($"promised       {result.Guarantee}");
        foreach (string note in result.Notes) console.WriteLine($"note           {note}");

        console.WriteLine();
        console.WriteLine($"The front, on the data that taught it: {result.Front.Length} policies, some of them");
        Table front = ConsoleTables.WithColumns("loss", "average cost", "of full depth");
        int shown = Math.Min(FrontRows, result.Front.Length);
        for (int row = 0; row < shown; row++)
        {
            ParetoPoint point = result.Front[shown == 1 ? 0 : row * (result.Front.Length - 1) / (shown - 1)];
            front.AddRow(
                Percent(point.Loss),
                $"{point.AverageCost:#,0.####} {result.Costs.Unit}",
                Percent(point.AverageCost / result.Costs.FullDepth));
        }

        console.Write(front);
    }

    private static string Percent(double share) => $"{100 * share:0.00} %";
}
