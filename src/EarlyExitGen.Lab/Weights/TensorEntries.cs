using EarlyExitGen.Cpu.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen.Lab.Weights;

/// <summary>Tensors to and from the entries of a safetensors file. The bytes are little-endian, as on every platform of libtorch.</summary>
internal static class TensorEntries
{
    private static readonly (ScalarType Tensor, WeightType File)[] Types =
    [
        (ScalarType.Float64, WeightType.F64),
        (ScalarType.Int64, WeightType.I64),
        (ScalarType.Float32, WeightType.F32),
        (ScalarType.Int32, WeightType.I32),
        (ScalarType.Float16, WeightType.F16),
        (ScalarType.BFloat16, WeightType.BF16),
        (ScalarType.Int8, WeightType.I8),
        (ScalarType.Byte, WeightType.U8),
        (ScalarType.Bool, WeightType.Bool),
    ];

    /// <summary>Copies a tensor, converted when it is floating-point and a precision is asked for.</summary>
    /// <exception cref="ArgumentException">A finite value is infinite in that precision, or the format has no such type.</exception>
    public static WeightsEntry ToEntry(string name, Tensor tensor, WeightsPrecision precision = WeightsPrecision.Stored)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor stored = tensor.detach();
        Tensor converted = tensor.is_floating_point() ? stored.to(TypeFor(precision, tensor.dtype)) : stored;
        if (converted.dtype is ScalarType.Float16 or ScalarType.BFloat16 && converted.dtype != stored.dtype)
        {
            RequireInRange(name, stored, converted);
        }

        foreach ((ScalarType type, WeightType inFile) in Types)
        {
            if (type != converted.dtype) continue;
            return WeightsEntry.Create(name, inFile, converted.shape, converted.cpu().contiguous().bytes.ToArray());
        }

        throw new ArgumentException($"'{name}' is {converted.dtype}, which the safetensors format does not hold.", nameof(tensor));
    }

    /// <summary>Makes a tensor on the CPU of the entry's own type.</summary>
    public static Tensor ToTensor(WeightsEntry entry)
    {
        Tensor tensor = empty(entry.Shape.AsSpan(), Array.Find(Types, pair => pair.File == entry.Type).Tensor);
        if (entry.Count > 0) tensor.bytes = entry.Bytes.ToArray();
        return tensor;
    }

    private static ScalarType TypeFor(WeightsPrecision precision, ScalarType stored) => precision switch
    {
        WeightsPrecision.Stored => stored,
        WeightsPrecision.F32 => ScalarType.Float32,
        WeightsPrecision.F16 => ScalarType.Float16,
        WeightsPrecision.BF16 => ScalarType.BFloat16,
        _ => throw new ArgumentOutOfRangeException(nameof(precision), precision, "Not a precision of weights."),
    };

    private static void RequireInRange(string name, Tensor stored, Tensor converted)
    {
        if (stored.isfinite().logical_and(converted.isfinite().logical_not()).any().item<bool>())
        {
            throw new ArgumentException(
                $"'{name}' has values of up to {stored.abs().max().to(ScalarType.Float32).item<float>():G4}, too large for " +
                $"{converted.dtype}.");
        }
    }
}
