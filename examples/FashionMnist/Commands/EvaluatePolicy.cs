using EarlyExitGen;
using EarlyExitGen.Lab.Calibration;
using EarlyExitGen.Lab.Evaluation;
using EarlyExitGen.Lab.Reports;
using FashionMnist.Evaluation;
using FashionMnist.Images;
using FashionMnist.Reporting;
using Spectre.Console;
using TorchSharp;

namespace FashionMnist.Commands;

/// <summary>Evaluates the calibrated policy on test images, as tables on the console or as a page to read.</summary>
internal static class EvaluatePolicy
{
    private const string EvaluationName = "evaluation.json";
    private const string PageName = "report.html";
    private const string MarkdownName = "report.md";
    private const int AttackedImages = 500;

    // Hardly to be seen.
    private const double AttackedGreyLevels = 8;

    /// <summary>Prints every table and writes the figures as JSON.</summary>
    /// <param name="network">The data and the network.</param>
    /// <param name="outsideFolder">The folder with MNIST; where it usually lies when null.</param>
    /// <param name="console">Where to print.</param>
    /// <param name="cancellation">Ends training and evaluation at the next step.</param>
    public static int Print(NetworkOptions network, string? outsideFolder, IAnsiConsole console, CancellationToken cancellation)
    {
        EvaluationReport report = Evaluate(network, outsideFolder, console, cancellation);
        foreach (ReportTable table in ReportTable.Of(report)) ConsoleTables.Print(console, table);
        console.WriteLine();
        Save(report, network, EvaluationName, console);
        return ExitCode.Success;
    }

    /// <summary>Writes the report as a page, as Markdown and as JSON.</summary>
    /// <param name="network">The data and the network.</param>
    /// <param name="outsideFolder">The folder with MNIST; where it usually lies when null.</param>
    /// <param name="console">Where to print.</param>
    /// <param name="cancellation">Ends training and evaluation at the next step.</param>
    public static int WriteReport(NetworkOptions network, string? outsideFolder, IAnsiConsole console, CancellationToken cancellation)
    {
        EvaluationReport report = Evaluate(network, outsideFolder, console, cancellation);
        console.WriteLine();
        foreach (string statement in report.Statements) console.WriteLine($"- {statement}");
        console.WriteLine();
        Save(report, network, EvaluationName, console);
        Save(report, network, MarkdownName, console);
        Save(report, network, PageName, console);
        return ExitCode.Success;
    }

    private static EvaluationReport Evaluate(
        NetworkOptions options, string? outsideFolder, IAnsiConsole console, CancellationToken cancellation)
    {
        ImageSet? outside = OutsideImages.Read(outsideFolder);
        using TrainedNetwork network = TrainedNetwork.Load(options, console);
        FashionNet net = network.Net;
        ExitPolicy policy = LoadPolicy(options, network);
        double baseline = network.BaselineAccuracy(console, cancellation);
        console.WriteLine($"Evaluating policy {policy.Id} on {network.Test.Count:N0} test images.");
        if (outside is null)
        {
            console.WriteLine($"Without MNIST, unknown images are left out: there is no folder {OutsideImages.DefaultPath}.");
        }

        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor images = network.Test.ToTensor();
        torch.Tensor labels = network.Test.LabelsToTensor();
        RecordedLogits recorded = RecordedLogits.Record(net, images, labels);
        PolicyEvaluation evaluation = Evaluator.Evaluate(recorded, policy);
        cancellation.ThrowIfCancellationRequested();
        (LatencyEvaluation latency, CostReconciliation costs) = PipelineTiming.Measure(net, network.Test, recorded, evaluation);
        cancellation.ThrowIfCancellationRequested();
        int attacked = Math.Min(AttackedImages, network.Test.Count);
        return new EvaluationReport("Fashion-MNIST with early exits", DateTimeOffset.UtcNow, evaluation)
        {
            Calibration = LoadCalibration(options, policy, console),
            Latency = latency,
            Costs = costs,
            OutOfDistribution = outside is null ? null : OutOfDistribution.Compare(recorded, network.Record(outside), policy),
            Shifts = ShiftEvaluation.Evaluate(net, images, labels, policy),
            Slowdown = SlowdownAttack.Run(net, images[..attacked], labels[..attacked], policy, ImageSet.Standardised(AttackedGreyLevels)),
            BaselineAccuracy = baseline,
            ClassNames = [.. ImageSet.ClassNames],
        };
    }

    private static ExitPolicy LoadPolicy(NetworkOptions options, TrainedNetwork network)
    {
        string path = options.Output(Calibrate.PolicyName);
        if (!File.Exists(path)) throw new FileNotFoundException($"There is no policy at {path}; the command calibrate makes one.");
        ExitPolicy policy = ExitPolicy.Load(network.Net.Plan, path);
        return policy.Calibration is not CalibrationRecord record || record.DataHash == network.RecordHeldOut().Hash()
            ? policy
            : throw new InvalidDataException(
                $"{path} was calibrated on other logits than these weights give for the images held out from {options.DataFolder}; " +
                "calibrate again.");
    }

    /// <summary>What the policy's calibration found; null for a policy that somebody has changed since.</summary>
    private static CalibrationResult? LoadCalibration(NetworkOptions options, ExitPolicy policy, IAnsiConsole console)
    {
        string path = options.Output(Calibrate.CalibrationName);
        CalibrationResult? result = File.Exists(path) ? CalibrationResult.Load(policy.Network, path) : null;
        if (result?.Policy.Id == policy.Id) return result;
        console.WriteLine($"{path} does not hold the calibration of policy {policy.Id}, so that the report has no front.");
        return null;
    }

    private static void Save(EvaluationReport report, NetworkOptions options, string name, IAnsiConsole console)
    {
        string path = options.Output(name);
        report.Save(path);
        console.WriteLine($"Wrote {path}");
    }
}
