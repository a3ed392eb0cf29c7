using System.CommandLine;
using FashionMnist.Evaluation;
using FashionMnist.Images;
using Spectre.Console;

namespace FashionMnist.Commands;

/// <summary>The commands and options of the example.</summary>
internal static class CommandLine
{
    // A file has no width; this leaves paths in one piece.
    private const int WidthOfFiles = 1000;

    private const string RiskDescription =
        "The largest share of images that may leave with a wrong answer which full depth would put right.";

    private const string ConfidenceDescription = "The probability that the promise holds on new images.";

    /// <summary>Parses and runs one command line.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static int Run(string[] arguments, CancellationToken cancellation)
    {
        ParseResult command = Commands(cancellation).Parse(arguments);
        if (command.Errors is [var error, ..])
        {
            Console.Error.WriteLine($"{error.Message} See --help.");
            return ExitCode.Usage;
        }

        return command.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
    }

    private static RootCommand Commands(CancellationToken cancellation)
    {
        RootCommand root = new(
            "Trains an early-exit network on Fashion-MNIST, runs it compiled, and prints what leaving early saves. " +
            "Later runs start from the weights of the first.");
        IAnsiConsole console = AnsiConsole.Console;
        if (!console.Profile.Out.IsTerminal) console.Profile.Width = WidthOfFiles;
        RunCommandOptions options = new();
        options.AddTo(root);
        root.SetAction(command => TrainAndEvaluate.Run(options.Read(command), console, cancellation));
        root.Add(Calibration(console, cancellation));
        root.Add(Evaluation(
            "evaluate",
            "Evaluates that policy on the test images: prints every table and writes evaluation.json.",
            (network, mnist) => EvaluatePolicy.Print(network, mnist, console, cancellation)));
        root.Add(Evaluation(
            "report",
            "The same as a page to read: writes report.html, report.md and evaluation.json.",
            (network, mnist) => EvaluatePolicy.WriteReport(network, mnist, console, cancellation)));
        root.Add(Check(console, cancellation));
        root.Add(Export(console, cancellation));
        root.Add(Inspect());
        root.Add(Subset());
        return root;
    }

    private static Command Calibration(IAnsiConsole console, CancellationToken cancellation)
    {
        NetworkCommandOptions network = new(mayTrain: true);
        Option<double> risk = NumberOption.Share("--risk", 0.01, RiskDescription);
        Option<double> confidence = NumberOption.Share("--confidence", 0.95, ConfidenceDescription);
        Option<bool> byClock = new("--by-clock") { Description = "Count costs in measured time instead of multiply–accumulates." };
        Command calibrate = new(
            "calibrate",
            "Finds temperatures and thresholds with a promise, on images held out from training, and writes policy.json and " +
            "calibration.json. Trains first where there are no weights.");
        network.AddTo(calibrate);
        foreach (Option option in (Option[])[risk, confidence, byClock]) calibrate.Add(option);
        calibrate.SetAction(command => Calibrate.Run(
            network.Read(command),
            command.GetValue(risk),
            command.GetValue(confidence),
            command.GetValue(byClock),
            console,
            cancellation));
        return calibrate;
    }

    private static Command Evaluation(string name, string description, Func<NetworkOptions, string?, int> run)
    {
        NetworkCommandOptions network = new(mayTrain: false);
        Option<string?> mnist = new("--mnist")
        {
            Description =
                $"The folder with MNIST's IDX files, as images of no known class. Default: {OutsideImages.DefaultPath}, if present.",
            HelpName = "DIR",
        };
        Command evaluate = new(name, description);
        network.AddTo(evaluate);
        evaluate.Add(mnist);
        evaluate.SetAction(command => run(network.Read(command), command.GetValue(mnist)));
        return evaluate;
    }

    private static Command Check(IAnsiConsole console, CancellationToken cancellation)
    {
        NetworkCommandOptions network = new(mayTrain: false);
        Option<double> risk = NumberOption.Share("--risk", 0.01, RiskDescription);
        Option<double> confidence = NumberOption.Share("--confidence", 0.95, ConfidenceDescription);
        Option<int?> draws = NumberOption.Whole("--draws", byDefault: 200, "How often to calibrate.");
        Option<int?> samples = NumberOption.Whole(
            "--samples", byDefault: null, "The images of each calibration. Default: a fifth of all that training has not seen.", least: 2);
        Command check = new("check-promise", "Calibrates on many random samples and counts how often the promise holds.");
        network.AddTo(check);
        foreach (Option option in (Option[])[risk, confidence, draws, samples]) check.Add(option);
        check.SetAction(command => CheckPromise.Run(
            network.Read(command),
            command.GetValue(risk),
            command.GetValue(confidence),
            command.GetValue(draws)!.Value,
            command.GetValue(samples),
            console,
            cancellation));
        return check;
    }

    private static Command Export(IAnsiConsole console, CancellationToken cancellation)
    {
        NetworkCommandOptions network = new(mayTrain: true);
        Command export = new(
            "export",
            "Writes the weights and some test images for the EdgeClassifier example, which needs no libtorch. Trains first where there " +
            "are no weights.");
        network.AddTo(export);
        export.SetAction(command => ExportForEdge.Run(network.Read(command), console, cancellation));
        return export;
    }

    private static Command Inspect()
    {
        Command inspect = new("inspect", "Prints where the generated code lies, and the code.");
        inspect.SetAction(_ => InspectGeneratedCode.Run(Console.Out));
        return inspect;
    }

    private static Command Subset()
    {
        Option<string> from = new("--data")
        {
            Description = "The folder with the full Fashion-MNIST.",
            HelpName = "DIR",
            DefaultValueFactory = _ => FashionMnistFolder.DebianPath,
        };
        Option<string> to = new("--output") { Description = "The folder to write the four files to.", HelpName = "DIR", Required = true };
        Command subset = new("subset", "Chooses again the images that come with this example: the first ones of each class.") { from, to };
        subset.SetAction(command => WriteSubset.Run(command.GetRequiredValue(from), command.GetRequiredValue(to), Console.Out));
        return subset;
    }
}
