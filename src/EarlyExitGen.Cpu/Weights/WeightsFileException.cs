namespace EarlyExitGen.Cpu.Weights;

/// <summary>A weights file is not what it should be: the message names the file, the entry, and what was expected and found.</summary>
public sealed class WeightsFileException : IOException
{
    /// <summary>An error without a description.</summary>
    public WeightsFileException()
        : this("The weights file can't be read.")
    {
    }

    /// <summary>An error with a description.</summary>
    /// <param name="message">One sentence for a person.</param>
    public WeightsFileException(string message)
        : base(message)
    {
    }

    /// <summary>An error with a description and its cause.</summary>
    /// <param name="message">One sentence for a person.</param>
    /// <param name="innerException">The cause.</param>
    public WeightsFileException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>An error about a file as a whole.</summary>
    internal static WeightsFileException InFile(string file, string problem, Exception? cause = null) =>
        new($"{file}: {problem}", cause);

    /// <summary>An error about one entry of a file.</summary>
    internal static WeightsFileException InEntry(string file, string entry, string problem) =>
        new($"{file}: entry '{Shortened(entry)}': {problem}");

    /// <summary>A name of the file's own choosing, cut so that the message stays one line.</summary>
    internal static string Shortened(string name)
    {
        const int longest = 120;
        string oneLine = string.Concat(name.Take(longest).Select(letter => char.IsControl(letter) ? '?' : letter));
        return name.Length <= longest ? oneLine : $"{oneLine}…";
    }
}
