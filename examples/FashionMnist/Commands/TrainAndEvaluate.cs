using EarlyExitGen;
using FashionMnist.Benchmark;
using FashionMnist.Evaluation;
using FashionMnist.Images;
using FashionMnist.Reporting;
using Spectre.Console;
using TorchSharp;

namespace FashionMnist.Commands;

/// <summary>Trains the network unless there are weights, compiles it, and shows what early exit saves.</summary>
internal static class TrainAndEvaluate
{
    private const string ReportName = "report.json";

    /// <summary>Runs everything; see <see cref="RunOptions"/>.</summary>
    public static int Run(RunOptions options, IAnsiConsole console, CancellationToken cancellation)
    {
        using TrainedNetwork network = TrainedNetwork.Prepare(options.Network, console, cancellation);
        Evaluate(network.Net, network.Test, options, console, cancellation);
        return ExitCode.Success;
    }

    private static void Evaluate(FashionNet net, ImageSet test, RunOptions options, IAnsiConsole console, CancellationToken cancellation)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor[] images = test.ToTensor().split(1, 0);
        using FashionNet.TorchPipeline pipeline = net.Freeze();

        ExitPolicy policy = pipeline.Policy;
        (TestPass earlyExit, TestPass fullDepth) = TestPass.RunBoth(pipeline, images, cancellation);
        Report report = Report.Of(policy.Network, earlyExit, fullDepth, test.Labels);

        console.WriteLine();
        console.WriteLine($"{policy.Network.Name}, compiled, on {test.Count:N0} test images, one image per call, one thread");
        ReportTables.Print(console, report, fullDepth.TotalMicroseconds / earlyExit.TotalMicroseconds);
        string reportPath = options.Network.Output(ReportName);
        ReportFile.Write(report, reportPath);
        console.WriteLine($"Wrote {reportPath}");

        console.WriteLine();
        console.WriteLine("The generated pipeline against the same network written by hand with TorchSharp modules and ifs,");
        console.WriteLine($"in turns, {options.Calls:N0} calls of each per row, one image per call, one thread; times in µs");
        using HandWrittenNet handWritten = new(net);
        ReportTables.Print(console, new SideBySide(pipeline, handWritten, images, cancellation).Run(policy, options.Calls));
    }
}
