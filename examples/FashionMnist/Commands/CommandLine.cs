using System.CommandLine;
using FashionMnist.Images;
using Spectre.Console;

namespace FashionMnist.Commands;

/// <summary>The commands and options of the example.</summary>
internal static class CommandLine
{
    // A file has no width; this leaves paths in one piece.
    private const int WidthOfFiles = 1000;

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
        root.Add(Inspect());
        root.Add(Subset());
        return root;
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
