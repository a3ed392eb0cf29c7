using System.Collections.Immutable;
using System.Text;

namespace EarlyExitGen.Lab.Weights;

/// <summary>A weights file does not fit a module; the module is as it was. The message lists every entry that is at fault.</summary>
public sealed class WeightsMismatchException : IOException
{
    private const int MostListed = 20;

    /// <summary>An error without a description.</summary>
    public WeightsMismatchException()
        : this("The weights don't fit the module.")
    {
    }

    /// <summary>An error with a description.</summary>
    /// <param name="message">One sentence for a person.</param>
    public WeightsMismatchException(string message)
        : base(message)
    {
    }

    /// <summary>An error with a description and its cause.</summary>
    /// <param name="message">One sentence for a person.</param>
    /// <param name="innerException">The cause.</param>
    public WeightsMismatchException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    internal WeightsMismatchException(
        string file, string module, ImmutableArray<string> missing, ImmutableArray<string> unexpected, ImmutableArray<string> misshapen)
        : base(Describe(file, module, missing, unexpected, misshapen))
    {
        Missing = missing;
        Unexpected = unexpected;
        Misshapen = misshapen;
    }

    /// <summary>The module's entries that the file lacks.</summary>
    public ImmutableArray<string> Missing { get; } = [];

    /// <summary>The file's entries that the module lacks, under the names that the file gives them.</summary>
    public ImmutableArray<string> Unexpected { get; } = [];

    /// <summary>The entries whose shape or kind of number differs, each with what the module has and what the file has.</summary>
    public ImmutableArray<string> Misshapen { get; } = [];

    private static string Describe(
        string file, string module, ImmutableArray<string> missing, ImmutableArray<string> unexpected, ImmutableArray<string> misshapen)
    {
        StringBuilder message = new($"{file} does not fit {module}; nothing was loaded.");
        Append(message, "Missing in the file", missing);
        Append(message, "Unexpected in the file", unexpected);
        Append(message, "Of another shape or type", misshapen);
        return message.ToString();
    }

    private static void Append(StringBuilder message, string title, ImmutableArray<string> entries)
    {
        if (entries.IsEmpty) return;
        message.Append($"\n{title} ({entries.Length}): {string.Join(", ", entries.Take(MostListed))}");
        message.Append(entries.Length > MostListed ? $" and {entries.Length - MostListed} more." : ".");
    }
}
