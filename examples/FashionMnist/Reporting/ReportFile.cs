using System.Text.Json;

namespace FashionMnist.Reporting;

/// <summary>Writes a <see cref="Report"/> for other programs to read.</summary>
internal static class ReportFile
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { WriteIndented = true, NewLine = "\n" };

    /// <summary>Writes all of it, or leaves the file that was there.</summary>
    public static void Write(Report report, string path) =>
        AtomicFile.Write(path, file => JsonSerializer.Serialize(file, report, Options));
}
