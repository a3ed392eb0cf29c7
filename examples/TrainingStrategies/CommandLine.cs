using System.CommandLine;
using System.CommandLine.Parsing;
using FashionMnist.Images;

namespace TrainingStrategies;

/// <summary>The options of the example.</summary>
internal static class CommandLine
{
    private const int Usage = 2;

    private static readonly Option<string> Data = new("--data")
    {
        Description = "The folder with the four IDX files of Fashion-MNIST, as .gz or raw. Default: the images that come along.",
        HelpName = "DIR",
        DefaultValueFactory = _ => FashionMnistFolder.IncludedPath,
    };

    private static readonly Option<string> Output = new("--output")
    {
        Description = "Where the table, the plot and the checkpoints of unfinished runs go.",
        HelpName = "DIR",
        DefaultValueFactory = _ => Path.Combine(Environment.CurrentDirectory, "artifacts", "TrainingStrategies"),
    };

    private static readonly Option<bool> Three = new("--three")
    {
        Description = $"Compare {Contender.Joint}, {Contender.Separate} and {Contender.Mixed} training only.",
    };

    private static readonly Option<int> Epochs = Positive("--epochs", 8, "How often each run sees every training image; at least 3.", 3);
    private static readonly Option<int> TrainingImages = Positive("--train-images", 4000, "Train on the first N images only.");
    private static readonly Option<int> TestImages = Positive("--test-images", 2000, "Test on the first N images only.");
    private static readonly Option<int> Seeds = Positive("--seeds", 3, "How many times each contender trains.");

    private static readonly Option<int> Threads =
        Positive("--threads", 1, "The threads of each tensor operation. Another number rounds otherwise and gives other results.");

    /// <summary>Parses and runs one command line.</summary>
    /// <returns>What the process gives its caller; 2 for a command line that can't be understood.</returns>
    public static int Run(string[] arguments, Func<ComparisonOptions, CancellationToken, int> run)
    {
        RootCommand root = new("Trains one early-exit network by every strategy and compares the exits' accuracies.")
        {
            Data, Output, Three, Epochs, TrainingImages, TestImages, Seeds, Threads,
        };
        // On a thread of its own, so that Ctrl+C is heard while it runs.
        root.SetAction((command, cancellation) => Task.Run(() => run(Read(command), cancellation), CancellationToken.None));
        ParseResult command = root.Parse(arguments);
        if (command.Errors is [var error, ..])
        {
            Console.Error.WriteLine($"{error.Message} See --help.");
            return Usage;
        }

        return command.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
    }

    private static ComparisonOptions Read(ParseResult command) => new(
        command.GetRequiredValue(Data),
        command.GetRequiredValue(Output),
        command.GetValue(Epochs),
        command.GetValue(TrainingImages),
        command.GetValue(TestImages),
        command.GetValue(Seeds),
        command.GetValue(Threads),
        command.GetValue(Three) ? Contender.Three : Contender.All);

    private static Option<int> Positive(string name, int byDefault, string description, int least = 1)
    {
        Option<int> option = new(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => byDefault };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [Token token] && (!int.TryParse(token.Value, out int value) || value < least))
            {
                result.AddError($"{name} takes a whole number from {least} on, not '{token.Value}'.");
            }
        });
        return option;
    }
}
