using System.CommandLine;
using System.CommandLine.Parsing;
using FashionMnist.Images;

namespace FashionMnist.Commands;

/// <summary>The options of the command that trains and evaluates.</summary>
internal sealed class RunCommandOptions
{
    private readonly Option<string?> data = new("--data")
    {
        Description =
            "Use the full Fashion-MNIST, four IDX files as .gz or raw, instead of the images that come with the example. " +
            $"Without DIR: {FashionMnistFolder.DebianPath}, where Debian's package dataset-fashion-mnist puts it.",
        HelpName = "DIR",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> output = new("--output")
    {
        Description = "Where the weights and report.json go. Default: artifacts in the example's folder, with --data artifacts/full.",
        HelpName = "DIR",
    };

    private readonly Option<bool> retrain = new("--retrain") { Description = "Train again, although there are weights." };

    private readonly Option<int?> epochs =
        Positive("--epochs", byDefault: 16, "How often to see every training image. Implies --retrain.");

    private readonly Option<int?> trainingImages =
        Positive("--train-images", byDefault: null, "Train on the first N images only. Implies --retrain.");

    private readonly Option<int?> testImages = Positive("--test-images", byDefault: null, "Test on the first N images only.");

    private readonly Option<int?> calls =
        Positive("--calls", byDefault: 2000, "Timed calls in each comparison with the hand-written network.");

    /// <summary>Makes <paramref name="command"/> take these options.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[data, output, retrain, epochs, trainingImages, testImages, calls]) command.Add(option);
    }

    /// <summary>What a command line without errors asks for.</summary>
    public RunOptions Read(ParseResult command)
    {
        bool full = IsGiven(command, data);
        string dataFolder = full ? command.GetValue(data) ?? FashionMnistFolder.DebianPath : FashionMnistFolder.IncludedPath;
        return new RunOptions(
            dataFolder,
            command.GetValue(output) ?? DefaultOutputFolder(full),
            command.GetValue(retrain) || IsGiven(command, epochs) || IsGiven(command, trainingImages),
            command.GetValue(epochs)!.Value,
            command.GetValue(trainingImages) ?? int.MaxValue,
            command.GetValue(testImages) ?? int.MaxValue,
            command.GetValue(calls)!.Value);
    }

    private static bool IsGiven(ParseResult command, Option option) => command.GetResult(option) is { Implicit: false };

    private static string DefaultOutputFolder(bool full)
    {
        string artifacts = Path.Combine(ProjectFolder.Find() ?? Environment.CurrentDirectory, "artifacts");
        return full ? Path.Combine(artifacts, "full") : artifacts;
    }

    private static Option<int?> Positive(string name, int? byDefault, string description)
    {
        Option<int?> option = new(name) { Description = description, HelpName = "N" };
        if (byDefault is not null) option.DefaultValueFactory = _ => byDefault;
        option.Validators.Add(result => RequirePositive(name, result));
        return option;
    }

    private static void RequirePositive(string name, OptionResult result)
    {
        if (result.Tokens is [Token token] && (!int.TryParse(token.Value, out int value) || value < 1))
        {
            result.AddError($"{name} takes a whole number from 1 on, not '{token.Value}'.");
        }
    }
}
