using System.Text.Json;

namespace EarlyExitGen.Benchmarks;

/// <summary>Writes measured rows for other programs to read.</summary>
internal static class JsonRows
{
    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public static void Write<TRow>(string path, IReadOnlyList<TRow> rows)
    {
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        File.WriteAllText(temporary, JsonSerializer.Serialize(rows, Format));
        File.Move(temporary, path, overwrite: true);
        Console.WriteLine($"\nWrote {path}");
    }
}
