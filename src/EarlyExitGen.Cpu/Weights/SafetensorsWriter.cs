using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace EarlyExitGen.Cpu.Weights;

/// <summary>Writes the header of a safetensors file, in the order that the format's own tools use.</summary>
internal static class SafetensorsWriter
{
    private const int Alignment = 8;

    /// <summary>Wider elements first, which keeps every entry aligned to its element; then by name.</summary>
    public static ImmutableArray<WeightsEntry> InFileOrder(IEnumerable<WeightsEntry> entries) =>
        [.. entries.OrderByDescending(entry => entry.Type.SizeInBytes())
                   .ThenBy(entry => entry.Type)
                   .ThenBy(entry => entry.Name, StringComparer.Ordinal)];

    /// <summary>The JSON header, filled with spaces so that the data starts at a multiple of 8 bytes.</summary>
    public static byte[] Header(ImmutableArray<WeightsEntry> entries, IReadOnlyDictionary<string, string> metadata)
    {
        using MemoryStream json = new();
        using (Utf8JsonWriter writer = new(json, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            if (metadata.Count > 0) WriteMetadata(writer, metadata);
            long begin = 0;
            foreach (WeightsEntry entry in entries)
            {
                WriteEntry(writer, entry, begin);
                begin += entry.Bytes.Length;
            }

            writer.WriteEndObject();
        }

        while (json.Length % Alignment != 0) json.WriteByte((byte)' ');
        return json.ToArray();
    }

    private static void WriteMetadata(Utf8JsonWriter writer, IReadOnlyDictionary<string, string> metadata)
    {
        writer.WriteStartObject(SafetensorsHeader.MetadataKey);
        foreach ((string key, string value) in metadata.OrderBy(text => text.Key, StringComparer.Ordinal)) writer.WriteString(key, value);
        writer.WriteEndObject();
    }

    private static void WriteEntry(Utf8JsonWriter writer, WeightsEntry entry, long begin)
    {
        writer.WriteStartObject(entry.Name);
        writer.WriteString("dtype", entry.Type.NameInFile());
        writer.WriteStartArray("shape");
        foreach (long dimension in entry.Shape) writer.WriteNumberValue(dimension);
        writer.WriteEndArray();
        writer.WriteStartArray("data_offsets");
        writer.WriteNumberValue(begin);
        writer.WriteNumberValue(begin + entry.Bytes.Length);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
