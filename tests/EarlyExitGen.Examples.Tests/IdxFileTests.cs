using System.IO.Compression;
using CsCheck;
using FashionMnist.Images;

namespace EarlyExitGen.Examples.Tests;

public sealed class IdxFileTests : IDisposable
{
    // Two images of 1×3 pixels, byte by byte as the format's description has it.
    private static readonly byte[] TwoImages = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 10, 20, 30, 40, 50, 60];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Reads_the_raw_file()
    {
        IdxFile read = IdxFile.Read(Raw(TwoImages), dimensions: 3);

        Assert.Equal([2, 1, 3], read.Shape);
        Assert.Equal([10, 20, 30, 40, 50, 60], read.Elements);
    }

    [Fact]
    public void Reads_the_compressed_file_whatever_its_name()
    {
        IdxFile read = IdxFile.Read(Raw(Compressed(TwoImages)), dimensions: 3);

        Assert.Equal([2, 1, 3], read.Shape);
        Assert.Equal([10, 20, 30, 40, 50, 60], read.Elements);
    }

    [Fact]
    public void Writes_what_it_reads() => Gen.Select(Gen.Int[0, 5], Gen.Int[1, 4], Gen.Int[1, 4]).SelectMany(
        size => Gen.Byte.Array[size.Item1 * size.Item2 * size.Item3],
        (size, elements) => new IdxFile([size.Item1, size.Item2, size.Item3], elements)).Sample(
        file =>
        {
            string path = folder.File(Guid.NewGuid().ToString());
            file.WriteCompressed(path);
            IdxFile read = IdxFile.Read(path, dimensions: 3);
            return read.Shape.SequenceEqual(file.Shape) && read.Elements.SequenceEqual(file.Elements);
        },
        iter: 100);

    [Fact]
    public void Every_truncation_is_one_clear_error()
    {
        for (int length = 0; length < TwoImages.Length; length++)
        {
            string path = Raw(TwoImages[..length]);
            string message = Assert.Throws<InvalidDataException>(() => IdxFile.Read(path, dimensions: 3)).Message;
            Assert.StartsWith(path, message, StringComparison.Ordinal);
            Assert.Contains(length < 4 ? "is not an IDX file" : "is cut off", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void No_truncation_of_the_compressed_file_gives_other_elements()
    {
        byte[] whole = Compressed(TwoImages);
        int errors = 0;
        for (int length = 0; length < whole.Length; length++)
        {
            string path = Raw(whole[..length]);
            try
            {
                Assert.Equal(TwoImages[16..], IdxFile.Read(path, dimensions: 3).Elements);
            }
            catch (InvalidDataException)
            {
                errors++;
            }
        }

        // Only the checksum and the length, the last eight bytes, and the end mark before them may be missing unnoticed.
        Assert.InRange(errors, whole.Length - 10, whole.Length);
    }

    [Fact]
    public void Arbitrary_bytes_never_fail_in_another_way() => Gen.Byte.Array[0, 40].Sample(
        bytes =>
        {
            foreach (byte[] content in (byte[][])[bytes, [.. TwoImages[..4], .. bytes], [0x1F, 0x8B, .. bytes]])
            {
                try
                {
                    IdxFile read = IdxFile.Read(Raw(content), dimensions: 3);
                    Assert.Equal(read.Shape[0] * read.Shape[1] * read.Shape[2], read.Elements.Length);
                }
                catch (InvalidDataException)
                {
                    // The documented error.
                }
            }
        },
        iter: 500,
        threads: 1);

    [Fact]
    public void Other_magic_is_named()
    {
        string path = Raw([0, 0, 8, 1, 0, 0, 0, 1, 7]);

        Assert.Contains("begins with 0x00000801 and must begin with 0x00000803", MessageFor(path), StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_after_the_elements_are_an_error() =>
        Assert.Contains("announces 2×1×3 = 6 elements, but 7 follow", MessageFor(Raw([.. TwoImages, 0])), StringComparison.Ordinal);

    [Fact]
    public void Absurd_sizes_are_an_error_and_allocate_nothing()
    {
        byte[] header = [0, 0, 8, 3, 0x7F, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF];

        Assert.Contains("is cut off", MessageFor(Raw(header)), StringComparison.Ordinal);
        header[4] = 0xFF;
        Assert.Contains("is damaged", MessageFor(Raw(header)), StringComparison.Ordinal);
    }

    private static string MessageFor(string path) =>
        Assert.Throws<InvalidDataException>(() => IdxFile.Read(path, dimensions: 3)).Message;

    private static byte[] Compressed(byte[] content)
    {
        using MemoryStream compressed = new();
        using (GZipStream stream = new(compressed, CompressionLevel.Fastest)) stream.Write(content);
        return compressed.ToArray();
    }

    private string Raw(byte[] content)
    {
        string path = folder.File("file.idx");
        File.WriteAllBytes(path, content);
        return path;
    }
}
