using System.CommandLine;

namespace FashionMnist.Commands;

/// <summary>The options of the command that trains, runs and compares.</summary>
internal sealed class RunCommandOptions
{
    private readonly NetworkCommandOptions network = new(mayTrain: true);

    private readonly Option<int?> calls =
        NumberOption.Whole("--calls", byDefault: 2000, "Timed calls in each comparison with the hand-written network.");

    /// <summary>Makes <paramref name="command"/> take these options.</summary>
    public void AddTo(Command command)
    {
        network.AddTo(command);
        command.Add(calls);
    }

    /// <summary>What a command line without errors asks for.</summary>
    public RunOptions Read(ParseResult command) => new(network.Read(command), command.GetValue(calls)!.Value);
}
