using System.CommandLine;
using FashionMnist.Images;

namespace FashionMnist.Commands;

/// <summary>The options of every command that needs the network.</summary>
internal sealed class NetworkCommandOptions
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
        Description = "Where weights, policies and reports go. Default: artifacts in the example's folder, with --data artifacts/full.",
        HelpName = "DIR",
    };

    private readonly Option<bool> retrain = new("--retrain") { Description = "Train again, although there are weights." };

    private readonly Option<int?> epochs =
        NumberOption.Whole("--epochs", byDefault: 16, "How often to see every training image. Implies --retrain.");

    private readonly Option<int?> trainingImages =
        NumberOption.Whole("--train-images", byDefault: null, "Train on the first N images only. Implies --retrain.");

    private readonly Option<int?> testImages = NumberOption.Whole("--test-images", byDefault: null, "Test on the first N images only.");

    private readonly bool mayTrain;

    /// <summary>Makes the options.</summary>
    /// <param name="mayTrain">Whether the command trains a network where there are no weights.</param>
    public NetworkCommandOptions(bool mayTrain) => this.mayTrain = mayTrain;

    /// <summary>Makes <paramref name="command"/> take these options.</summary>
    public void AddTo(Command command)
    {
        Option[] training = [retrain, epochs, trainingImages];
        foreach (Option option in (Option[])[data, output, .. mayTrain ? training : [], testImages]) command.Add(option);
    }

    /// <summary>What a command line without errors asks for.</summary>
    public NetworkOptions Read(ParseResult command)
    {
        bool full = IsGiven(command, data);
        string dataFolder = full ? command.GetValue(data) ?? FashionMnistFolder.DebianPath : FashionMnistFolder.IncludedPath;
        string outputFolder = command.GetValue(output) ?? DefaultOutputFolder(full);
        int test = command.GetValue(testImages) ?? int.MaxValue;
        return mayTrain
            ? new NetworkOptions(
                dataFolder,
                outputFolder,
                command.GetValue(retrain) || IsGiven(command, epochs) || IsGiven(command, trainingImages),
                command.GetValue(epochs)!.Value,
                command.GetValue(trainingImages) ?? int.MaxValue,
                test)
            : new NetworkOptions(dataFolder, outputFolder, Retrain: false, Epochs: 0, TrainingImages: 0, test);
    }

    private static bool IsGiven(ParseResult command, Option option) => command.GetResult(option) is { Implicit: false };

    private static string DefaultOutputFolder(bool full)
    {
        string artifacts = Path.Combine(ProjectFolder.Find() ?? Environment.CurrentDirectory, "artifacts");
        return full ? Path.Combine(artifacts, "full") : artifacts;
    }
}
