using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Pooling;

/// <summary>
/// The mean of rows of features, <c>[rows][⌈features / 16⌉·16]</c>, such as the tokens of a sequence. Differs from float64 by less than
/// 2⁻²⁴·(4 + √rows) of the largest feature. Never allocates.
/// </summary>
public static unsafe class RowMean
{
    /// <summary>Adds the rows up and divides by how many they are.</summary>
    /// <param name="input">The rows.</param>
    /// <param name="output">One row, filled up to a multiple of 16.</param>
    /// <param name="rows">How many; at least one.</param>
    /// <param name="features">Features of a row.</param>
    /// <exception cref="ArgumentException">A buffer is too short.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(ArenaBuffer input, ArenaBuffer output, int rows, int features)
    {
        int pitch = new FeatureMapShape(features, 1, 1).Length;
        float* x = input.Require(checked(rows * pitch));
        float* y = output.Require(pitch);
        if (Vector512.IsHardwareAccelerated) Run<Simd512, Vector512<float>>(x, y, rows, pitch);
        else if (Vector256.IsHardwareAccelerated) Run<Simd256, Vector256<float>>(x, y, rows, pitch);
        else Run<Simd128, Vector128<float>>(x, y, rows, pitch);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TSimd, TVector>(float* input, float* output, int rows, int pitch)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        TVector scale = TSimd.Create(1f / rows);
        for (int at = 0; at < pitch; at += TSimd.Lanes)
        {
            // Two sums hide the latency.
            TVector even = TSimd.Zero;
            TVector odd = TSimd.Zero;
            int row = 0;
            for (; row < rows - 1; row += 2)
            {
                even = TSimd.Add(even, TSimd.Load(input + at + (row * pitch)));
                odd = TSimd.Add(odd, TSimd.Load(input + at + ((row + 1) * pitch)));
            }

            if (row < rows) even = TSimd.Add(even, TSimd.Load(input + at + (row * pitch)));
            TSimd.Store(TSimd.Multiply(TSimd.Add(even, odd), scale), output + at);
        }
    }
}
