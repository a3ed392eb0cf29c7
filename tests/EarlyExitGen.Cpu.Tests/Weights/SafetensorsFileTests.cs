using System.Buffers.Binary;
using System.Text;
using EarlyExitGen.Cpu.Weights;

namespace EarlyExitGen.Cpu.Tests.Weights;

public sealed class SafetensorsFileTests
{
    [Fact]
    public void What_is_written_is_read_again()
    {
        SafetensorsFile written = Sample();
        SafetensorsFile read = SafetensorsFile.Read(Bytes(written), "sample");

        Assert.Equal(written.Metadata, read.Metadata);
        Assert.Equal(["long", "weight", "half", "flag"], read.Entries.Select(entry => entry.Name));
        foreach (WeightsEntry entry in written.Entries)
        {
            Assert.Equal(entry.Type, read[entry.Name].Type);
            Assert.Equal(entry.Shape.AsEnumerable(), read[entry.Name].Shape.AsEnumerable());
            Assert.Equal(entry.Bytes.ToArray(), read[entry.Name].Bytes.ToArray());
        }

        Assert.Equal([1f, -2f, 3.5f, 0f, float.NegativeInfinity, 1e-40f], read["weight"].ToSingles(2, 3));
    }

    [Fact]
    public void The_same_content_gives_the_same_bytes_and_an_aligned_header()
    {
        byte[] bytes = Bytes(Sample());
        SafetensorsFile reordered = SafetensorsFile.Create(
            Sample().Entries.Reverse(), new Dictionary<string, string> { ["network"] = "a\"b", ["fingerprint"] = "é" });

        Assert.Equal(bytes, Bytes(reordered));
        Assert.Equal(0, BinaryPrimitives.ReadInt64LittleEndian(bytes) % 8);
    }

    [Fact]
    public void The_bytes_are_those_of_the_format()
    {
        SafetensorsFile file = SafetensorsFile.Create(
            [WeightsEntry.Create("b", [1], [1f]), WeightsEntry.Create("a", WeightType.U8, [], new byte[] { 7 })],
            new Dictionary<string, string> { ["k"] = "v" });
        string header =
            """{"__metadata__":{"k":"v"},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}""" +
            ""","a":{"dtype":"U8","shape":[],"data_offsets":[4,5]}}""";

        byte[] bytes = Bytes(file);
        int headerLength = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        Assert.Equal(header, Encoding.UTF8.GetString(bytes, 8, headerLength).TrimEnd(' '));
        Assert.Equal([0, 0, 0x80, 0x3F, 7], bytes[(8 + headerLength)..]);
    }

    [Fact]
    public void Every_float_type_is_read_as_float32()
    {
        byte[] halves = new byte[6];
        BinaryPrimitives.WriteHalfLittleEndian(halves, (Half)1.5f);
        BinaryPrimitives.WriteHalfLittleEndian(halves.AsSpan(2), Half.Epsilon);
        BinaryPrimitives.WriteHalfLittleEndian(halves.AsSpan(4), Half.NaN);
        float[] fromHalf = WeightsEntry.Create("h", WeightType.F16, [3], halves).ToSingles();
        Assert.Equal([1.5f, (float)Half.Epsilon, float.NaN], fromHalf);

        byte[] brains = [0x80, 0x3F, 0x80, 0xFF, 0x01, 0x00];
        float[] fromBrain = WeightsEntry.Create("b", WeightType.BF16, [3], brains).ToSingles();
        Assert.Equal([1f, float.NegativeInfinity, BitConverter.UInt32BitsToSingle(0x10000)], fromBrain);

        byte[] doubles = new byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(doubles, Math.PI);
        Assert.Equal([MathF.PI], WeightsEntry.Create("d", WeightType.F64, [1], doubles).ToSingles());
    }

    [Fact]
    public void A_file_replaces_the_one_before_and_leaves_nothing_beside_it()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            string path = Path.Combine(folder, "net.safetensors");
            File.WriteAllText(path, "old");
            Sample().Write(path);

            Assert.Equal([path], Directory.GetFiles(folder));
            Assert.Equal(Bytes(Sample()), File.ReadAllBytes(path));
            Assert.Equal(4, SafetensorsFile.Read(path).Entries.Length);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_file_that_cannot_be_written_leaves_the_old_one_and_nothing_else()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            string path = Path.Combine(folder, "taken");
            Directory.CreateDirectory(path);
            Assert.ThrowsAny<SystemException>(() => Sample().Write(path));
            Assert.Empty(Directory.GetFiles(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""",
        4,
        "entry 'a': F32 of shape [2] needs 8 bytes, its data_offsets hold 4.")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""",
        3,
        "entry 'a': its data ends at byte 4, but the file has 3 bytes of data.")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""",
        5,
        "the entries hold 4 bytes, but the file has 5 bytes of data.")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}}""",
        5,
        "entry 'a': expected its data at byte 0 where the entry before it ends, found 1.")]
    [InlineData(
        """{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}""",
        3,
        "entry 'b': expected its data at byte 2 where the entry before it ends, found 1.")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[4,1],"data_offsets":[4,0]}}""",
        4,
        "entry 'a': expected data_offsets [begin, end], found [4, 0].")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""",
        0,
        "entry 'a': shape [4294967296, 4294967296] is too large to count.")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""",
        4,
        "entry 'a': shape must hold whole numbers from 0 to 9223372036854775807.")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[1e3],"data_offsets":[0,4]}}""",
        4,
        "entry 'a': shape must hold whole numbers from 0 to 9223372036854775807.")]
    [InlineData("""{"a":{"dtype":"C64","shape":[1],"data_offsets":[0,8]}}""", 8, "entry 'a': dtype 'C64' is not one that can be read.")]
    [InlineData(
        """{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}""",
        0,
        "entry 'a': the header names it twice.")]
    [InlineData(
        """{"a":{"dtype":"U8","dtype":"U8","shape":[0],"data_offsets":[0,0]}}""",
        0,
        "entry 'a': expected dtype, shape and data_offsets once each, found 'dtype'.")]
    [InlineData("""{"a":{"shape":[0],"data_offsets":[0,0]}}""", 0, "entry 'a': dtype, shape or data_offsets is missing.")]
    [InlineData("""{"__metadata__":{"k":1}}""", 0, "the header should have a text for __metadata__ 'k' at its byte 21, found Number.")]
    [InlineData("""{"__metadata__":{},"__metadata__":{}}""", 0, "the header names __metadata__ twice.")]
    [InlineData("""[1]""", 0, "the header should have an object at its byte 0, found StartArray.")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}}""",
        4,
        "the header is not the JSON of a safetensors file at its byte 29.")]
    [InlineData("{\"a\\ud800\":{}}", 0, "the header is not the JSON of a safetensors file at its byte 1.")]
    [InlineData("{} x", 0, "the header is not the JSON of a safetensors file at its byte 3.")]
    public void A_wrong_header_is_named_in_one_sentence(string header, int dataLength, string problem)
    {
        WeightsFileException exception = Assert.Throws<WeightsFileException>(() => Read(Encoding.UTF8.GetBytes(header), dataLength));
        Assert.Equal($"net.safetensors: {problem}", exception.Message);
    }

    [Fact]
    public void Invalid_text_in_a_name_is_refused()
    {
        byte[] header = Encoding.Latin1.GetBytes("""{"é":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}""");
        Assert.Throws<WeightsFileException>(() => Read(header, 0));
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(100_000_001)]
    [InlineData(3)]
    public void A_header_longer_than_the_file_is_refused(ulong headerLength)
    {
        byte[] content = new byte[10];
        BinaryPrimitives.WriteUInt64LittleEndian(content, headerLength);
        WeightsFileException exception = Assert.Throws<WeightsFileException>(() => SafetensorsFile.Read(content, "net"));
        Assert.Contains($"the header should be {headerLength} bytes long, but 2 bytes follow", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_shape_type_or_name_is_named_by_the_reader_of_an_entry()
    {
        SafetensorsFile file = SafetensorsFile.Read(Bytes(Sample()), "net");
        Assert.Equal(
            "net: entry 'weight': expected shape [3, 2], found [2, 3].",
            Assert.Throws<WeightsFileException>(() => file["weight"].ToSingles(3, 2)).Message);
        Assert.Equal(
            "net: entry 'long': expected floats (F32, F16, BF16 or F64), found I64.",
            Assert.Throws<WeightsFileException>(() => file["long"].ToSingles(1)).Message);
        Assert.Equal("net: there is no entry 'bias'.", Assert.Throws<WeightsFileException>(() => file["bias"]).Message);
    }

    [Fact]
    public void Ten_thousand_mutated_files_are_read_whole_or_refused_and_never_take_much_memory()
    {
        byte[] original = Bytes(Sample());
        Random random = new(1);
        int refused = 0;
        for (int mutation = 0; mutation < 10_000; mutation++)
        {
            byte[] mutated = FileMutation.Mutate(original, random);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                SafetensorsFile file = SafetensorsFile.Read(mutated, "mutated");
                Assert.All(file.Entries, entry => Assert.Equal(entry.Bytes.Length, ElementsOf(entry) * BytesPerElement(entry.Type)));
            }
            catch (WeightsFileException exception)
            {
                refused++;
                Assert.StartsWith("mutated: ", exception.Message, StringComparison.Ordinal);
                Assert.DoesNotContain('\n', exception.Message);
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < 100_000 + 16L * mutated.Length, $"{allocated} bytes for a file of {mutated.Length}");
        }

        Assert.InRange(refused, 5_000, 9_999);
    }

    private static long ElementsOf(WeightsEntry entry) => entry.Shape.Aggregate(1L, (product, dimension) => product * dimension);

    private static int BytesPerElement(WeightType type) => type switch
    {
        WeightType.F64 or WeightType.I64 => 8,
        WeightType.F32 or WeightType.I32 => 4,
        WeightType.F16 or WeightType.BF16 => 2,
        _ => 1,
    };

    private static SafetensorsFile Sample() => SafetensorsFile.Create(
        [
            WeightsEntry.Create("weight", [2, 3], [1f, -2f, 3.5f, 0f, float.NegativeInfinity, 1e-40f]),
            WeightsEntry.Create("flag", WeightType.Bool, [], new byte[] { 1 }),
            WeightsEntry.Create("half", WeightType.F16, [0, 5], ReadOnlyMemory<byte>.Empty),
            WeightsEntry.Create("long", WeightType.I64, [1], new byte[] { 1, 2, 3, 4, 5, 6, 7, 8 }),
        ],
        new Dictionary<string, string> { ["fingerprint"] = "é", ["network"] = "a\"b" });

    private static byte[] Bytes(SafetensorsFile file)
    {
        using MemoryStream stream = new();
        file.Write(stream);
        return stream.ToArray();
    }

    private static SafetensorsFile Read(byte[] header, int dataLength)
    {
        byte[] length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        return SafetensorsFile.Read(new MemoryStream([.. length, .. header, .. new byte[dataLength]]), "net.safetensors");
    }
}
