using System.Text;
using FashionMnist;
using Spectre.Console;
using TrainingStrategies;

const int Failure = 1;
const int Interrupted = 130;

Console.OutputEncoding = Encoding.UTF8;
try
{
    return CommandLine.Run(args, Compare);
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("Interrupted. The same command goes on from here.");
    return Interrupted;
}
catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(exception.Message);
    return Failure;
}

static int Compare(ComparisonOptions options, CancellationToken cancellation)
{
    using Comparison comparison = new(options);
    using ClothesNet net = new();
    string[] exits = [.. net.Plan.Exits.Select(exit => exit.Name)];
    IReadOnlyList<RunResult> results = LiveProgress.Show(AnsiConsole.Console, comparison, cancellation);

    Report report = new(results, exits, comparison.Description);
    report.Print(AnsiConsole.Console);
    Write("strategies.md", report.ToMarkdown());
    Write("strategies.svg", Plot.ToSvg(results, exits));
    comparison.DeleteCheckpoints();
    return 0;

    void Write(string name, string text)
    {
        string path = Path.Combine(options.OutputFolder, name);
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
        AnsiConsole.WriteLine($"Wrote {path}");
    }
}
