using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace EarlyExitGen.Cpu.Weights;

/// <summary>
/// Named tensors and a map of texts in the safetensors format: an 8-byte little-endian header length, a JSON header, the bytes.
/// Immutable; thread-safe. Files hold at most 2 GiB.
/// </summary>
/// <remarks>
/// Reading trusts nothing: a damaged, truncated or foreign file gives one <see cref="WeightsFileException"/>, and no memory is taken
/// beyond a small multiple of the file's own size. Writing gives the same bytes for the same content.
/// </remarks>
public sealed class SafetensorsFile
{
    private const int LengthPrefix = sizeof(ulong);

    // The format's own limit.
    private const long LongestHeader = 100_000_000;

    private readonly string file;
    private readonly FrozenDictionary<string, WeightsEntry> byName;

    private SafetensorsFile(string file, ImmutableArray<WeightsEntry> entries, IReadOnlyDictionary<string, string> metadata)
    {
        this.file = file;
        Entries = entries;
        Metadata = metadata;
        byName = entries.ToFrozenDictionary(entry => entry.Name, StringComparer.Ordinal);
    }

    /// <summary>The entries in the order of their data.</summary>
    public ImmutableArray<WeightsEntry> Entries { get; }

    /// <summary>Texts about the file, such as a network's fingerprint.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The entry of that name.</summary>
    /// <exception cref="WeightsFileException">The file has no such entry.</exception>
    public WeightsEntry this[string name] =>
        TryGetEntry(name, out WeightsEntry? entry)
            ? entry
            : throw WeightsFileException.InFile(file, $"there is no entry '{WeightsFileException.Shortened(name)}'.");

    /// <summary>Makes a file's content.</summary>
    /// <param name="entries">The entries; their names must differ.</param>
    /// <param name="metadata">Texts about the file; none by default.</param>
    /// <exception cref="ArgumentException">Two entries share a name.</exception>
    public static SafetensorsFile Create(IEnumerable<WeightsEntry> entries, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(entries);
        ImmutableArray<WeightsEntry> inOrder = SafetensorsWriter.InFileOrder(entries);
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (WeightsEntry entry in inOrder)
        {
            if (!names.Add(entry.Name)) throw new ArgumentException($"Two entries are named '{entry.Name}'.", nameof(entries));
        }

        return new SafetensorsFile("new file", inOrder, (metadata ?? ImmutableDictionary<string, string>.Empty).ToFrozenDictionary());
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">Where it is.</param>
    /// <exception cref="WeightsFileException">It is not a whole and valid safetensors file.</exception>
    /// <exception cref="IOException">It can't be opened or read.</exception>
    public static SafetensorsFile Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        return Read(stream, path);
    }

    /// <summary>Reads a file from where a stream stands to its end.</summary>
    /// <param name="stream">A stream that can seek, so that its length is known before memory is taken.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="ArgumentException">The stream can't seek.</exception>
    /// <exception cref="WeightsFileException">It is not a whole and valid safetensors file.</exception>
    public static SafetensorsFile Read(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanSeek) throw new ArgumentException($"{name}: the stream must be able to seek.", nameof(stream));

        long length = stream.Length - stream.Position;
        if (length > Array.MaxLength)
        {
            throw WeightsFileException.InFile(name, $"expected at most {Array.MaxLength} bytes, found {length}.");
        }

        byte[] content = new byte[length];
        try
        {
            stream.ReadExactly(content);
        }
        catch (EndOfStreamException exception)
        {
            throw WeightsFileException.InFile(name, $"it became shorter than {length} bytes while it was read.", exception);
        }

        return Read(content, name);
    }

    /// <summary>Reads a file that is already in memory.</summary>
    /// <param name="content">The whole file; kept, not copied.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="WeightsFileException">It is not a whole and valid safetensors file.</exception>
    public static SafetensorsFile Read(ReadOnlyMemory<byte> content, string name)
    {
        if (content.Length < LengthPrefix)
        {
            throw WeightsFileException.InFile(
                name, $"expected the {LengthPrefix} bytes of a safetensors header length, found {content.Length} bytes in all.");
        }

        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(content.Span);
        int rest = content.Length - LengthPrefix;
        if (headerLength > LongestHeader || headerLength > (ulong)rest)
        {
            throw WeightsFileException.InFile(
                name, $"the header should be {headerLength} bytes long, but {rest} bytes follow and {LongestHeader} is the limit.");
        }

        ReadOnlyMemory<byte> json = content.Slice(LengthPrefix, (int)headerLength);
        ReadOnlyMemory<byte> data = content[(LengthPrefix + (int)headerLength)..];
        SafetensorsHeader header = SafetensorsHeader.Read(name, json.Span, data.Length);
        return new SafetensorsFile(name, header.Entries(data), header.Metadata);
    }

    /// <summary>Looks an entry up.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="entry">The entry, when there is one.</param>
    public bool TryGetEntry(string name, [NotNullWhen(true)] out WeightsEntry? entry) => byName.TryGetValue(name, out entry);

    /// <summary>Writes the file: to a temporary name beside it first, then renamed over it, so that it is never half there.</summary>
    /// <param name="path">Where to.</param>
    /// <exception cref="IOException">It can't be written.</exception>
    public void Write(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.Write(path, Write);
    }

    /// <summary>Writes the file to a stream.</summary>
    /// <param name="stream">Where to.</param>
    public void Write(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        byte[] header = SafetensorsWriter.Header(Entries, Metadata);
        Span<byte> prefix = stackalloc byte[LengthPrefix];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)header.Length);
        stream.Write(prefix);
        stream.Write(header);
        foreach (WeightsEntry entry in Entries) stream.Write(entry.Bytes.Span);
    }
}
