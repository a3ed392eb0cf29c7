using System.CommandLine;
using FashionMnist.Images;

namespace FashionMnist.Commands;

/// <summary>The commands and options of the example.</summary>
internal static class CommandLine
{
    /// <summary>Parses and runs one command line.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static int Run(string[] arguments)
    {
        ParseResult command = Commands().Parse(arguments);
        if (command.Errors is [var error, ..])
        {
            Console.Error.WriteLine($"{error.Message} See --help.");
            return ExitCode.Usage;
        }

        return command.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
    }

    private static RootCommand Commands() =>
        new("Trains an early-exit network on Fashion-MNIST, runs it compiled, and prints what leaving early saves.") { Subset() };

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
