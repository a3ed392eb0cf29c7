using System.Text;
using EarlyExitGen.Cpu.Weights;
using static TorchSharp.torch;

namespace EarlyExitGen.Lab.Weights;

/// <summary>
/// TorchSharp's own format, the one of <c>module.save</c>: the number of entries, then for each its name, type, dimensions and bytes.
/// Reading trusts nothing: TorchSharp's own reader has filled half of the module when it meets a bad entry.
/// </summary>
internal static class TorchSharpFormat
{
    // A PyTorch .pt file is a zip archive.
    private static ReadOnlySpan<byte> ZipSignature => "PK\x03\x04"u8;

    public static void Write(Stream stream, Dictionary<string, Tensor> entries)
    {
        using BinaryWriter writer = new(stream, Encoding.UTF8, leaveOpen: true);
        nn.Module.save_state_dict(writer, entries);
    }

    /// <summary>Reads every entry to a tensor on the CPU, in the file's order.</summary>
    public static List<(string Name, Tensor Tensor)> Read(string path)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        RefuseOtherFormats(path, stream);
        using BinaryReader reader = new(stream);
        List<(string, Tensor)> entries = [];
        try
        {
            long count = ReadNumber(reader);
            for (long index = 0; index < count; index++) entries.Add((reader.ReadString(), ReadTensor(reader)));
        }
        catch (Exception exception) when (exception is EndOfStreamException or FormatException or DecoderFallbackException)
        {
            throw new WeightsFileException(
                $"{path} is not a whole file of TorchSharp's format: entry {entries.Count} can't be read.", exception);
        }

        if (stream.Position != stream.Length)
        {
            throw new WeightsFileException($"{path}: {stream.Length - stream.Position} bytes follow the last of {entries.Count} entries.");
        }

        return entries;
    }

    private static void RefuseOtherFormats(string path, FileStream stream)
    {
        Span<byte> start = stackalloc byte[ZipSignature.Length];
        int read = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        stream.Position = 0;
        if (start[..read].SequenceEqual(ZipSignature))
        {
            throw new WeightsFileException(
                $"{path} is a zip archive, as PyTorch's torch.save makes: save the state dict with safetensors.torch.save_file instead.");
        }
    }

    private static Tensor ReadTensor(BinaryReader reader)
    {
        ScalarType type = (ScalarType)ReadNumber(reader);
        if (!Enum.IsDefined(type)) throw new FormatException($"{(int)type} is not a tensor type.");
        long[] shape = new long[ReadCount(reader)];
        long elements = 1;
        for (int dimension = 0; dimension < shape.Length; dimension++)
        {
            shape[dimension] = ReadNumber(reader);
            if (shape[dimension] > 0 && elements > reader.BaseStream.Length / shape[dimension]) throw new EndOfStreamException();
            elements *= shape[dimension];
        }

        Tensor tensor = empty(shape, type);
        if (elements > (reader.BaseStream.Length - reader.BaseStream.Position) / tensor.ElementSize) throw new EndOfStreamException();
        if (elements > 0) tensor.ReadBytesFromStream(reader.BaseStream);
        return tensor;
    }

    /// <summary>A number of things that each need at least a byte of what is left of the file.</summary>
    private static int ReadCount(BinaryReader reader)
    {
        long count = ReadNumber(reader);
        if (count > reader.BaseStream.Length - reader.BaseStream.Position) throw new EndOfStreamException();
        return checked((int)count);
    }

    /// <summary>An unsigned LEB128 number: seven bits a byte, the lowest first.</summary>
    private static long ReadNumber(BinaryReader reader)
    {
        long number = reader.Read7BitEncodedInt64();
        return number >= 0 ? number : throw new FormatException("A count is negative.");
    }
}
