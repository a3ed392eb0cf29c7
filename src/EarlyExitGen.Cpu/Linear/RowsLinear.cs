using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using EarlyExitGen.Cpu.Matrices;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Linear;

/// <summary>
/// A linear layer over rows without gaps, as tensor libraries have them, of sizes that are known when it runs: <see cref="LinearLayer"/> is
/// for sizes known when it is compiled. Differs from float64 by less than 2⁻²⁴·(4 + √inputs) of the largest output.
/// </summary>
/// <remarks>
/// Packed: <c>[bias, outputs]</c>, then <c>[16 outputs][input][16]</c>. Thread-safe on different outputs. Never allocates.
/// </remarks>
internal static unsafe class RowsLinear
{
    private const int Block = FeatureMapLayout.ChannelsPerBlock;

    /// <summary>Whether there is a kernel: each row of the output must end with a block.</summary>
    public static bool CanRun(long outputs) => outputs > 0 && outputs % Block == 0;

    /// <summary>The floats that the packed weights take.</summary>
    public static int PackedLength(int inputs, int outputs) => checked((inputs + 1) * outputs);

    /// <summary>Arranges a layer's weights.</summary>
    /// <param name="weight">[outputs, inputs].</param>
    /// <param name="bias">[outputs], or empty for none.</param>
    /// <param name="packed">At least <see cref="PackedLength"/> floats.</param>
    /// <param name="inputs">Features of an input row.</param>
    /// <param name="outputs">Features of an output row.</param>
    public static void Pack(ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, ArenaBuffer packed, int inputs, int outputs)
    {
        if (weight.Length != inputs * outputs || (!bias.IsEmpty && bias.Length != outputs) || !CanRun(outputs))
        {
            throw new ArgumentException(
                $"Expected {outputs}×{inputs} weights and {outputs} biases or none, outputs in blocks of {Block}; " +
                $"found {weight.Length} and {bias.Length}.");
        }

        float* to = packed.Require(PackedLength(inputs, outputs));
        Span<float> start = new(to, outputs);
        start.Clear();
        bias.CopyTo(start);
        fixed (float* from = weight) MatrixProduct.PackColumns(from, rowStep: 1, columnStep: inputs, inputs, outputs, to + outputs);
    }

    /// <summary>Computes the layer of each row. The output must not overlap the input.</summary>
    /// <param name="input">[rows, inputs].</param>
    /// <param name="packed">What <see cref="Pack"/> made.</param>
    /// <param name="output">[rows, outputs].</param>
    /// <param name="rows">How many; at least one.</param>
    /// <param name="inputs">Features of an input row.</param>
    /// <param name="outputs">Features of an output row.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(ReadOnlySpan<float> input, ArenaBuffer packed, Span<float> output, int rows, int inputs, int outputs)
    {
        if (input.Length != checked(rows * inputs) || output.Length != checked(rows * outputs) || rows < 1)
        {
            throw new ArgumentException($"Expected {rows}×{inputs} and {rows}×{outputs} floats, found {input.Length} and {output.Length}.");
        }

        float* bias = packed.Require(PackedLength(inputs, outputs));
        fixed (float* x = input, y = output)
        {
            if (Vector512.IsHardwareAccelerated) Run<Simd512, Vector512<float>>(x, bias, y, rows, inputs, outputs);
            else if (Vector256.IsHardwareAccelerated) Run<Simd256, Vector256<float>>(x, bias, y, rows, inputs, outputs);
            else Run<Simd128, Vector128<float>>(x, bias, y, rows, inputs, outputs);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TSimd, TVector>(float* x, float* bias, float* y, int rows, int inputs, int outputs)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct => TileProduct.Run<TSimd, TVector>(
            x, inputs, bias + outputs, Block, inputs * Block, y, outputs, rows, inputs, outputs / Block, bias);
}
