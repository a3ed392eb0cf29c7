using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Pooling;

/// <summary>Pooling over blocked feature maps. Maxima are exact; averages differ from float64 by less than 1e-6 of the largest.</summary>
/// <remarks>Thread-safe on different outputs. Never allocates.</remarks>
public static unsafe class Pooling2d
{
    /// <summary>Pools one sample. The output must not overlap the input.</summary>
    /// <typeparam name="TShape">The layer.</typeparam>
    /// <param name="input">The input map.</param>
    /// <param name="output">The output map; its border is left as it is.</param>
    /// <exception cref="ArgumentException">A buffer is too short.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TShape>(ArenaBuffer input, ArenaBuffer output)
        where TShape : struct, IPoolingShape
    {
        FeatureMapShape from = new(TShape.Channels, TShape.InputHeight, TShape.InputWidth, TShape.InputBorder);
        FeatureMapShape to = new(TShape.Channels, TShape.OutputHeight, TShape.OutputWidth, TShape.OutputBorder);
        float* x = input.Require(from.Length) + from.Origin;
        float* y = output.Require(to.Length) + to.Origin;
        if (Vector512.IsHardwareAccelerated) Run<TShape, Simd512, Vector512<float>>(x, from, y, to);
        else if (Vector256.IsHardwareAccelerated) Run<TShape, Simd256, Vector256<float>>(x, from, y, to);
        else Run<TShape, Simd128, Vector128<float>>(x, from, y, to);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TShape, TSimd, TVector>(float* input, FeatureMapShape from, float* output, FeatureMapShape to)
        where TShape : struct, IPoolingShape
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        int block = FeatureMapLayout.ChannelsPerBlock;
        int pitch = from.Pitch;
        int rowStep = TShape.DilationY * pitch;
        int columnStep = TShape.DilationX * block;
        bool adaptive = TShape.Kind is PoolingKind.AdaptiveAverage or PoolingKind.AdaptiveMax;
        bool max = TShape.Kind is PoolingKind.Max or PoolingKind.AdaptiveMax;
        for (int row = 0; row < TShape.OutputHeight; row++)
        {
            Window rows = adaptive
                ? Window.Adaptive(row, TShape.InputHeight, TShape.OutputHeight)
                : Window.Strided(row, TShape.InputHeight, TShape.KernelHeight, TShape.StrideY, TShape.PaddingY, TShape.DilationY);
            for (int column = 0; column < TShape.OutputWidth; column++)
            {
                Window columns = adaptive
                    ? Window.Adaptive(column, TShape.InputWidth, TShape.OutputWidth)
                    : Window.Strided(column, TShape.InputWidth, TShape.KernelWidth, TShape.StrideX, TShape.PaddingX, TShape.DilationX);
                TVector scale = TSimd.Create(max ? 1 : 1f / Divisor<TShape>(rows, columns));
                for (int channel = 0; channel < to.Blocks * block; channel += TSimd.Lanes)
                {
                    float* source = input + (channel / block * from.Plane) + (channel % block)
                        + (rows.Begin * pitch) + (columns.Begin * block);
                    TVector kept = TSimd.Create(max ? float.NegativeInfinity : 0);
                    for (int y = rows.Begin; y < rows.End; y += TShape.DilationY, source += rowStep)
                    {
                        float* at = source;
                        for (int x = columns.Begin; x < columns.End; x += TShape.DilationX, at += columnStep)
                        {
                            kept = max ? TSimd.Max(kept, TSimd.Load(at)) : TSimd.Add(kept, TSimd.Load(at));
                        }
                    }

                    float* destination = output + (channel / block * to.Plane) + (channel % block) + (row * to.Pitch) + (column * block);
                    TSimd.Store(max ? kept : TSimd.Multiply(kept, scale), destination);
                }
            }
        }
    }

    private static int Divisor<TShape>(Window rows, Window columns)
        where TShape : struct, IPoolingShape
    {
        if (TShape.Divisor != 0) return TShape.Divisor;
        if (TShape.Kind != PoolingKind.AverageWithoutPadding) return rows.Size * columns.Size;
        return Math.Max(1, (rows.End - rows.Begin) * (columns.End - columns.Begin));
    }
}
