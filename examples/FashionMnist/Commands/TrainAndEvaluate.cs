using System.Diagnostics;
using EarlyExitGen;
using EarlyExitGen.Lab.Weights;
using EarlyExitGen.TorchRuntime;
using FashionMnist.Benchmark;
using FashionMnist.Evaluation;
using FashionMnist.Images;
using FashionMnist.Reporting;
using FashionMnist.Training;
using Spectre.Console;
using TorchSharp;

namespace FashionMnist.Commands;

/// <summary>Trains the network unless there are weights, compiles it, and shows what early exit saves.</summary>
internal static class TrainAndEvaluate
{
    private const string WeightsName = "fashion-net.safetensors";
    private const string ReportName = "report.json";
    private const long Seed = 1;

    /// <summary>Runs everything; see <see cref="RunOptions"/>.</summary>
    public static int Run(RunOptions options, IAnsiConsole console, CancellationToken cancellation)
    {
        FashionMnistFolder data = FashionMnistFolder.Read(options.DataFolder);
        ImageSet training = data.Training.Take(options.TrainingImages);
        ImageSet test = data.Test.Take(options.TestImages);
        Directory.CreateDirectory(options.OutputFolder);

        LibTorch.EnsureLoaded();
        UseOneThread();
        torch.manual_seed(Seed);
        using FashionNet net = new();
        string weights = Path.GetFullPath(Path.Combine(options.OutputFolder, WeightsName));
        if (options.Retrain || !File.Exists(weights))
        {
            console.WriteLine($"Training on {training.Count:N0} images, {options.Epochs} epochs.");
            Train(net, training, options.Epochs, console, cancellation);
            net.SaveWeights(weights);
            console.WriteLine($"Saved the weights to {weights}");
        }
        else
        {
            net.LoadWeights(weights);
            console.WriteLine($"Weights of an earlier run: {weights} (--retrain trains again)");
        }

        net.eval();
        Evaluate(net, test, options, console, cancellation);
        return ExitCode.Success;
    }

    // The network is small: a second thread saves little, and its waiting costs minutes where other programs use the cores. One thread
    // is also what a server gives each image when it classifies many, and it adds numbers up in the same order on every machine.
    private static void UseOneThread() => torch.set_num_threads(1);

    private static void Train(FashionNet net, ImageSet images, int epochs, IAnsiConsole console, CancellationToken cancellation)
    {
        Stopwatch clock = Stopwatch.StartNew();
        try
        {
            ProgressDisplay.Show(console, progress => JointTraining.Train(net, images, epochs, Seed, progress, cancellation));
        }
        catch (OperationCanceledException exception)
        {
            throw new OperationCanceledException("Training was interrupted; weights of an earlier run are unchanged.", exception);
        }

        console.WriteLine($"Trained in {clock.Elapsed.TotalSeconds:F0} s.");
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
        string reportPath = Path.GetFullPath(Path.Combine(options.OutputFolder, ReportName));
        ReportFile.Write(report, reportPath);
        console.WriteLine($"Wrote {reportPath}");

        console.WriteLine();
        console.WriteLine("The generated pipeline against the same network written by hand with TorchSharp modules and ifs,");
        console.WriteLine($"in turns, {options.Calls:N0} calls of each per row, one image per call, one thread; times in µs");
        using HandWrittenNet handWritten = new(net);
        ReportTables.Print(console, new SideBySide(pipeline, handWritten, images, cancellation).Run(policy, options.Calls));
    }
}
