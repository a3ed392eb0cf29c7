using System.Collections.Immutable;
using System.Text.Json;

namespace EarlyExitGen.Cpu.Weights;

/// <summary>
/// Reads the JSON header of a safetensors file:
/// <c>{"__metadata__":{…},"name":{"dtype":…,"shape":[…],"data_offsets":[begin,end]},…}</c>.
/// What the format forbids is refused: duplicate names, unknown fields, gaps and overlaps between entries, bytes after the last.
/// </summary>
internal sealed class SafetensorsHeader
{
    public const string MetadataKey = "__metadata__";

    // Root object, entry object, shape or offsets array.
    private const int MaxDepth = 3;

    private readonly string file;
    private readonly Dictionary<string, Description> descriptions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> metadata = new(StringComparer.Ordinal);
    private bool hasMetadata;

    private SafetensorsHeader(string file) => this.file = file;

    public IReadOnlyDictionary<string, string> Metadata => metadata;

    /// <param name="file">The file's name, for messages.</param>
    /// <param name="json">The header.</param>
    /// <param name="dataLength">How many bytes follow the header.</param>
    public static SafetensorsHeader Read(string file, ReadOnlySpan<byte> json, long dataLength)
    {
        SafetensorsHeader header = new(file);
        Utf8JsonReader reader = new(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            header.ReadRoot(ref reader);
            while (reader.Read()) { }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The reader reports malformed text by the former and invalid UTF-8 within a string by the latter.
            throw WeightsFileException.InFile(
                file, $"the header is not the JSON of a safetensors file at its byte {reader.TokenStartIndex}.", exception);
        }

        header.RequireSeamless(dataLength);
        return header;
    }

    /// <summary>The entries in the order of their data.</summary>
    public ImmutableArray<WeightsEntry> Entries(ReadOnlyMemory<byte> data) =>
        [.. InDataOrder().Select(named => new WeightsEntry(
            file, named.Key, named.Value.Type, named.Value.Shape, data[(int)named.Value.Begin..(int)named.Value.End]))];

    private IEnumerable<KeyValuePair<string, Description>> InDataOrder() =>
        descriptions.OrderBy(named => named.Value.Begin).ThenBy(named => named.Value.End);

    private void ReadRoot(ref Utf8JsonReader reader)
    {
        reader.Read();
        Expect(ref reader, JsonTokenType.StartObject, "an object");
        while (ReadName(ref reader, out string name))
        {
            if (name == MetadataKey)
            {
                if (hasMetadata) throw WeightsFileException.InFile(file, $"the header names {MetadataKey} twice.");
                hasMetadata = true;
                ReadMetadata(ref reader);
            }
            else if (!descriptions.TryAdd(name, ReadDescription(ref reader, name)))
            {
                throw WeightsFileException.InEntry(file, name, "the header names it twice.");
            }
        }
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.StartObject, $"an object for {MetadataKey}");
        while (ReadName(ref reader, out string key))
        {
            Expect(ref reader, JsonTokenType.String, $"a text for {MetadataKey} '{WeightsFileException.Shortened(key)}'");
            if (!metadata.TryAdd(key, reader.GetString()!))
            {
                throw WeightsFileException.InFile(file, $"{MetadataKey} names '{WeightsFileException.Shortened(key)}' twice.");
            }
        }
    }

    private Description ReadDescription(ref Utf8JsonReader reader, string entry)
    {
        WeightType? type = null;
        ImmutableArray<long> shape = default;
        ImmutableArray<long> offsets = default;
        Expect(ref reader, JsonTokenType.StartObject, $"an object for entry '{WeightsFileException.Shortened(entry)}'");
        while (ReadName(ref reader, out string field))
        {
            switch (field)
            {
                case "dtype" when type is null:
                    type = ReadType(ref reader, entry);
                    break;
                case "shape" when shape.IsDefault:
                    shape = ReadCounts(ref reader, entry, field);
                    break;
                case "data_offsets" when offsets.IsDefault:
                    offsets = ReadCounts(ref reader, entry, field);
                    break;
                default:
                    throw WeightsFileException.InEntry(
                        file, entry, $"expected dtype, shape and data_offsets once each, found '{WeightsFileException.Shortened(field)}'.");
            }
        }

        if (type is null || shape.IsDefault || offsets.IsDefault)
        {
            throw WeightsFileException.InEntry(file, entry, "dtype, shape or data_offsets is missing.");
        }

        return Checked(entry, type.Value, shape, offsets);
    }

    private Description Checked(string entry, WeightType type, ImmutableArray<long> shape, ImmutableArray<long> offsets)
    {
        if (offsets.Length != 2 || offsets[0] > offsets[1])
        {
            throw WeightsFileException.InEntry(
                file, entry, $"expected data_offsets [begin, end], found {WeightsEntry.Text(offsets.AsSpan())}.");
        }

        long found = offsets[1] - offsets[0];
        if (!WeightsEntry.TryGetSizeInBytes(type, shape.AsSpan(), out long expected))
        {
            throw WeightsFileException.InEntry(file, entry, $"shape {WeightsEntry.Text(shape.AsSpan())} is too large to count.");
        }

        if (expected != found)
        {
            throw WeightsFileException.InEntry(
                file,
                entry,
                $"{type.NameInFile()} of shape {WeightsEntry.Text(shape.AsSpan())} needs {expected} bytes, its data_offsets hold {found}.");
        }

        return new Description(type, shape, offsets[0], offsets[1]);
    }

    private WeightType ReadType(ref Utf8JsonReader reader, string entry)
    {
        Expect(ref reader, JsonTokenType.String, $"a text for the dtype of entry '{WeightsFileException.Shortened(entry)}'");
        string name = reader.GetString()!;
        if (WeightTypes.TryParse(name, out WeightType type)) return type;
        throw WeightsFileException.InEntry(file, entry, $"dtype '{WeightsFileException.Shortened(name)}' is not one that can be read.");
    }

    private ImmutableArray<long> ReadCounts(ref Utf8JsonReader reader, string entry, string field)
    {
        Expect(ref reader, JsonTokenType.StartArray, $"a list for {field} of entry '{WeightsFileException.Shortened(entry)}'");
        ImmutableArray<long>.Builder counts = ImmutableArray.CreateBuilder<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long count) || count < 0)
            {
                throw WeightsFileException.InEntry(file, entry, $"{field} must hold whole numbers from 0 to {long.MaxValue}.");
            }

            counts.Add(count);
        }

        return counts.DrainToImmutable();
    }

    /// <summary>Reads a property's name and moves on to its value; false at the end of the object.</summary>
    private static bool ReadName(ref Utf8JsonReader reader, out string name)
    {
        reader.Read();
        name = reader.TokenType == JsonTokenType.PropertyName ? reader.GetString()! : "";
        return reader.TokenType == JsonTokenType.PropertyName && reader.Read();
    }

    private void Expect(ref Utf8JsonReader reader, JsonTokenType expected, string what)
    {
        if (reader.TokenType != expected)
        {
            throw WeightsFileException.InFile(
                file, $"the header should have {what} at its byte {reader.TokenStartIndex}, found {reader.TokenType}.");
        }
    }

    private void RequireSeamless(long dataLength)
    {
        long end = 0;
        foreach ((string name, Description description) in InDataOrder())
        {
            if (description.Begin != end)
            {
                throw WeightsFileException.InEntry(
                    file, name, $"expected its data at byte {end} where the entry before it ends, found {description.Begin}.");
            }

            end = description.End;
            if (end > dataLength)
            {
                throw WeightsFileException.InEntry(
                    file, name, $"its data ends at byte {end}, but the file has {dataLength} bytes of data.");
            }
        }

        if (end != dataLength)
        {
            throw WeightsFileException.InFile(file, $"the entries hold {end} bytes, but the file has {dataLength} bytes of data.");
        }
    }

    private readonly record struct Description(WeightType Type, ImmutableArray<long> Shape, long Begin, long End);
}
