using System.Globalization;

namespace BranchyNet;

/// <summary>What one run of the example is asked for.</summary>
/// <param name="DataFolder">The folder with MNIST's four IDX files.</param>
/// <param name="Epochs">How often to see every training image.</param>
/// <param name="ReportPath">Where the report goes, as .html, .md or .json; null for none.</param>
internal sealed record Command(string DataFolder, int Epochs, string? ReportPath)
{
    /// <summary>How to call the example.</summary>
    public const string Usage = "Usage: BranchyNet <folder with MNIST's four IDX files> [epochs, 20] [report.html, .md or .json]";

    private const int DefaultEpochs = 20;

    /// <summary>Reads a command line; null when it makes no sense.</summary>
    public static Command? Parse(string[] arguments)
    {
        if (arguments.Length is < 1 or > 3) return null;
        int epochs = DefaultEpochs;
        if (arguments.Length > 1 && !(int.TryParse(arguments[1], CultureInfo.InvariantCulture, out epochs) && epochs > 0)) return null;
        string? report = arguments.Length > 2 ? arguments[2] : null;
        return report is null || Path.GetExtension(report) is ".html" or ".md" or ".json" ? new Command(arguments[0], epochs, report) : null;
    }
}
