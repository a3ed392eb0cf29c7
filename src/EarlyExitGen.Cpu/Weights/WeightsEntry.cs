using System.Buffers.Binary;
using System.Collections.Immutable;

namespace EarlyExitGen.Cpu.Weights;

/// <summary>One named tensor of a weights file. Immutable; thread-safe.</summary>
public sealed class WeightsEntry
{
    private readonly string file;

    internal WeightsEntry(string file, string name, WeightType type, ImmutableArray<long> shape, ReadOnlyMemory<byte> bytes)
    {
        this.file = file;
        Name = name;
        Type = type;
        Shape = shape;
        Bytes = bytes;
    }

    /// <summary>The entry's name, such as <c>stem.0.weight</c>.</summary>
    public string Name { get; }

    /// <summary>The element type.</summary>
    public WeightType Type { get; }

    /// <summary>The size of each dimension, outermost first; empty for a scalar.</summary>
    public ImmutableArray<long> Shape { get; }

    /// <summary>The elements in row-major order, each little-endian.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The number of elements.</summary>
    public int Count => Bytes.Length / Type.SizeInBytes();

    /// <summary>Makes an entry from raw little-endian bytes.</summary>
    /// <param name="name">The name, not empty.</param>
    /// <param name="type">The element type.</param>
    /// <param name="shape">The size of each dimension, none negative.</param>
    /// <param name="bytes">The elements; kept, not copied.</param>
    /// <exception cref="ArgumentException">The bytes don't fill the shape, or the name can't be stored.</exception>
    public static WeightsEntry Create(string name, WeightType type, ReadOnlySpan<long> shape, ReadOnlyMemory<byte> bytes)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name == SafetensorsHeader.MetadataKey)
        {
            throw new ArgumentException($"The name {name} is the format's own.", nameof(name));
        }

        if (!TryGetSizeInBytes(type, shape, out long size) || size != bytes.Length)
        {
            throw new ArgumentException(
                $"Entry '{name}' of type {type.NameInFile()} and shape {Text(shape)} needs {size} bytes, not {bytes.Length}.",
                nameof(bytes));
        }

        return new WeightsEntry("new entry", name, type, [.. shape], bytes);
    }

    /// <summary>Makes a float32 entry.</summary>
    /// <param name="name">The name, not empty.</param>
    /// <param name="shape">The size of each dimension, none negative.</param>
    /// <param name="values">The elements in row-major order; copied.</param>
    /// <exception cref="ArgumentException">The values don't fill the shape.</exception>
    public static WeightsEntry Create(string name, ReadOnlySpan<long> shape, ReadOnlySpan<float> values)
    {
        byte[] bytes = new byte[checked(values.Length * sizeof(float))];
        for (int index = 0; index < values.Length; index++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(index * sizeof(float)), values[index]);
        }

        return Create(name, WeightType.F32, shape, bytes);
    }

    /// <summary>The elements as float32, after checking that the shape is the expected one.</summary>
    /// <param name="shape">The expected size of each dimension.</param>
    /// <returns>A new array in row-major order.</returns>
    /// <exception cref="WeightsFileException">The shape differs, or the elements are not floats.</exception>
    public float[] ToSingles(params ReadOnlySpan<long> shape)
    {
        if (!Shape.AsSpan().SequenceEqual(shape))
        {
            throw WeightsFileException.InEntry(file, Name, $"expected shape {Text(shape)}, found {Text(Shape.AsSpan())}.");
        }

        return ToSingles();
    }

    /// <summary>The elements as float32: <c>F32</c> as they are, <c>F16</c> and <c>BF16</c> widened, <c>F64</c> rounded.</summary>
    /// <returns>A new array in row-major order.</returns>
    /// <exception cref="WeightsFileException">The elements are not floats.</exception>
    public float[] ToSingles()
    {
        if (Type is not (WeightType.F32 or WeightType.F16 or WeightType.BF16 or WeightType.F64))
        {
            throw WeightsFileException.InEntry(file, Name, $"expected floats (F32, F16, BF16 or F64), found {Type.NameInFile()}.");
        }

        float[] values = new float[Count];
        ReadOnlySpan<byte> bytes = Bytes.Span;
        int size = Type.SizeInBytes();
        for (int index = 0; index < values.Length; index++)
        {
            ReadOnlySpan<byte> element = bytes.Slice(index * size, size);
            values[index] = Type switch
            {
                WeightType.F32 => BinaryPrimitives.ReadSingleLittleEndian(element),
                WeightType.F16 => (float)BinaryPrimitives.ReadHalfLittleEndian(element),
                WeightType.BF16 => BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(element) << 16),
                _ => (float)BinaryPrimitives.ReadDoubleLittleEndian(element),
            };
        }

        return values;
    }

    /// <summary>The size of a tensor; false when a dimension is negative or the size is more than 64 bits can count.</summary>
    internal static bool TryGetSizeInBytes(WeightType type, ReadOnlySpan<long> shape, out long size)
    {
        size = type.SizeInBytes();
        bool empty = false;
        bool overflows = false;
        foreach (long dimension in shape)
        {
            if (dimension < 0) return false;
            if (dimension == 0) empty = true;
            overflows |= dimension != 0 && size > long.MaxValue / dimension;
            if (!overflows && dimension != 0) size *= dimension;
        }

        if (empty) size = 0;
        return empty || !overflows;
    }

    internal static string Text(ReadOnlySpan<long> shape)
    {
        const int most = 8;
        string dimensions = string.Join(", ", shape[..Math.Min(most, shape.Length)].ToArray());
        return shape.Length <= most ? $"[{dimensions}]" : $"[{dimensions}, … {shape.Length} dimensions]";
    }
}
