using EarlyExitGen.Benchmarks.Compare;

namespace EarlyExitGen.Benchmarks;

/// <summary>What a command that measures networks is asked for.</summary>
/// <param name="Network">The only network to measure; null for all.</param>
/// <param name="Json">Where its rows go, too.</param>
/// <param name="Quick">Whether a stable picture is enough.</param>
internal sealed record Options(string? Network, string? Json, bool Quick)
{
    /// <summary>Reads a command line, or says on standard error what it does not understand.</summary>
    /// <param name="arguments">What follows the command's name.</param>
    /// <param name="usage">The command and its options; it takes <c>--quick</c> if this names it.</param>
    public static Options? Read(string[] arguments, string usage)
    {
        Options options = new(Network: null, Json: null, Quick: false);
        for (int index = 0; index < arguments.Length; index++)
        {
            string? value = index + 1 < arguments.Length ? arguments[index + 1] : null;
            switch (arguments[index])
            {
                case "--quick" when usage.Contains("--quick", StringComparison.Ordinal):
                    options = options with { Quick = true };
                    continue;
                case "--network" when Candidate.All.Any(known => known.Name == value):
                    options = options with { Network = value };
                    break;
                case "--json" when value is not null:
                    options = options with { Json = value };
                    break;
                default:
                    Console.Error.WriteLine($"{arguments[index]} {value} is not understood: {usage}");
                    Console.Error.WriteLine($"Networks: {string.Join(", ", Candidate.All.Select(known => known.Name))}");
                    return null;
            }

            index++;
        }

        return options;
    }
}
