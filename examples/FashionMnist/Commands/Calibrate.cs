using EarlyExitGen.Lab.Calibration;
using EarlyExitGen.Lab.Evaluation;
using FashionMnist.Evaluation;
using FashionMnist.Reporting;
using Spectre.Console;

namespace FashionMnist.Commands;

/// <summary>Finds temperatures and thresholds with a promise on held-out images, and writes them as an exit policy.</summary>
internal static class Calibrate
{
    /// <summary>The file with what a running network needs.</summary>
    public const string PolicyName = "policy.json";

    /// <summary>The file with everything that the calibration found.</summary>
    public const string CalibrationName = "calibration.json";

    /// <summary>Runs the command.</summary>
    /// <param name="network">The data and the network.</param>
    /// <param name="risk">The largest share of images that may lose by leaving early.</param>
    /// <param name="confidence">Of the promise.</param>
    /// <param name="byClock">Whether costs are measured times instead of multiply–accumulate operations.</param>
    /// <param name="console">Where to print.</param>
    /// <param name="cancellation">Ends training after the current batch.</param>
    public static int Run(
        NetworkOptions network, double risk, double confidence, bool byClock, IAnsiConsole console, CancellationToken cancellation)
    {
        using TrainedNetwork trained = TrainedNetwork.Prepare(network, console, cancellation);
        RecordedLogits heldOut = trained.RecordHeldOut();
        CalibrationOptions options = new()
        {
            Costs = byClock ? PipelineTiming.MeasureCosts(trained.Net, trained.HeldOut) : CostModel.FromMacs(trained.Net.Plan),
        };
        CalibrationResult result = Calibrator.CalibrateWithRisk(heldOut, risk, confidence, options: options);

        // The rows that tested the promise taught neither temperatures nor thresholds.
        (_, RecordedLogits unseen) = heldOut.Split(options.LearningShare, options.Seed);
        CalibrationTables.Print(console, result, Evaluator.Evaluate(unseen, result.Policy, options.Costs), heldOut.Rows);

        // The policy comes last: where it is, the calibration that it belongs to is too.
        result.Save(network.Output(CalibrationName));
        string policy = network.Output(PolicyName);
        result.Policy.Save(policy);
        console.WriteLine($"Wrote {policy} (policy {result.Policy.Id}) and {CalibrationName} beside it");
        return ExitCode.Success;
    }
}
