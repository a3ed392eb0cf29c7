using System.Buffers.Binary;
using System.IO.Compression;

namespace FashionMnist.Images;

/// <summary>
/// A file in the IDX format of MNIST, with unsigned bytes as elements: a magic number, the size of each dimension and the elements,
/// all big-endian. Raw or compressed with gzip.
/// </summary>
/// <param name="Shape">The size of each dimension.</param>
/// <param name="Elements">The elements in row-major order.</param>
internal sealed record IdxFile(int[] Shape, byte[] Elements)
{
    private const uint UnsignedBytes = 0x08;

    /// <summary>Reads a whole file.</summary>
    /// <param name="path">The file. Its first bytes tell whether it is compressed, not its name.</param>
    /// <param name="dimensions">How many dimensions it must have.</param>
    /// <exception cref="IOException">The file can't be read.</exception>
    /// <exception cref="InvalidDataException">It isn't such an IDX file, it is cut off, or something follows its elements.</exception>
    public static IdxFile Read(string path, int dimensions)
    {
        ReadOnlySpan<byte> content = ReadContent(path);
        RequireMagic(content, dimensions, path);

        int headerLength = HeaderLength(dimensions);
        if (content.Length < headerLength)
        {
            throw new InvalidDataException($"{path} is cut off: its header has {content.Length} of {headerLength} bytes.");
        }

        int[] shape = new int[dimensions];
        for (int dimension = 0; dimension < dimensions; dimension++)
        {
            shape[dimension] = BinaryPrimitives.ReadInt32BigEndian(content[HeaderLength(dimension)..]);
        }

        ReadOnlySpan<byte> elements = content[headerLength..];
        RequireElements(elements.Length, shape, path);
        return new IdxFile(shape, elements.ToArray());
    }

    /// <summary>Writes the file, compressed with gzip. A file of that name is replaced only when all of it is written.</summary>
    public void WriteCompressed(string path) => AtomicFile.Write(path, file =>
    {
        byte[] header = new byte[HeaderLength(Shape.Length)];
        BinaryPrimitives.WriteUInt32BigEndian(header, Magic(Shape.Length));
        for (int dimension = 0; dimension < Shape.Length; dimension++)
        {
            BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(HeaderLength(dimension)), Shape[dimension]);
        }

        using GZipStream compressed = new(file, CompressionLevel.SmallestSize, leaveOpen: true);
        compressed.Write(header);
        compressed.Write(Elements);
    });

    private static uint Magic(int dimensions) => (UnsignedBytes << 8) | (uint)dimensions;

    private static int HeaderLength(int dimensions) => sizeof(uint) + (sizeof(int) * dimensions);

    private static byte[] ReadContent(string path)
    {
        byte[] content = File.ReadAllBytes(path);
        if (content is not [0x1F, 0x8B, ..]) return content;

        using GZipStream compressed = new(new MemoryStream(content), CompressionMode.Decompress);
        using MemoryStream decompressed = new();
        try
        {
            compressed.CopyTo(decompressed);
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidDataException($"{path} is damaged: its gzip data can't be decompressed.", exception);
        }

        return decompressed.ToArray();
    }

    private static void RequireMagic(ReadOnlySpan<byte> content, int dimensions, string path)
    {
        uint expected = Magic(dimensions);
        if (BinaryPrimitives.TryReadUInt32BigEndian(content, out uint actual) && actual == expected) return;

        string found = content.Length < sizeof(uint) ? $"has only {content.Length} bytes" : $"begins with 0x{actual:X8}";
        throw new InvalidDataException(
            $"{path} is not an IDX file of unsigned bytes in {dimensions} dimensions: it {found} and must begin with 0x{expected:X8}.");
    }

    private static void RequireElements(int actual, int[] shape, string path)
    {
        string sizes = string.Join('×', shape);
        if (shape.Any(size => size < 0)) throw new InvalidDataException($"{path} is damaged: its header announces {sizes} elements.");

        // 128 bits hold the product of any three sizes that a damaged header can announce.
        Int128 expected = shape.Aggregate(Int128.One, (product, size) => product * size);
        if (actual == expected) return;

        string fault = actual < expected ? "is cut off" : "does not end after its elements";
        throw new InvalidDataException($"{path} {fault}: its header announces {sizes} = {expected} elements, but {actual} follow.");
    }
}
