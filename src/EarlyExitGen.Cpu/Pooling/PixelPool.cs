using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Pooling;

/// <summary>
/// Pools maps that have a pixel's channels side by side: first down the columns, over whole rows of floats whatever the number of channels,
/// then along the row.
/// </summary>
/// <remarks>Thread-safe on different outputs. Allocates no managed memory, but native memory for a row.</remarks>
internal static unsafe class PixelPool
{
    /// <summary>Pools. The output must not overlap the input.</summary>
    /// <param name="input">[samples, H, W, channels].</param>
    /// <param name="output">[samples, output H, output W, channels].</param>
    /// <param name="samples">How many maps.</param>
    /// <param name="channels">Of each pixel.</param>
    /// <param name="shape">The layer.</param>
    /// <param name="kind">Max or one of the averages that are not adaptive.</param>
    /// <param name="divisor">What a sum is divided by; 0 for what the kind says.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(
        ReadOnlySpan<float> input, Span<float> output, int samples, int channels, in MapPoolShape shape, PoolingKind kind, int divisor = 0)
    {
        shape.RequireLengths(input.Length, output.Length, checked(samples * channels));
        fixed (float* x = input, y = output)
        {
            // Vectors no wider than a pixel: a wider one would wait for two writes of the line that it reads.
            if (Vector512.IsHardwareAccelerated)
            {
                Run<Simd512, Vector512<float>>(x, y, samples, channels, shape, kind, divisor);
            }
            else if (Vector256.IsHardwareAccelerated)
            {
                Run<Simd256, Vector256<float>>(x, y, samples, channels, shape, kind, divisor);
            }
            else
            {
                Run<Simd128, Vector128<float>>(x, y, samples, channels, shape, kind, divisor);
            }
        }
    }

    private static void Run<TSimd, TVector>(float* input, float* output, int samples, int channels, in MapPoolShape shape, PoolingKind kind, int divisor)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        if (kind == PoolingKind.Max) Run<Maximum<TSimd, TVector>, TSimd, TVector>(input, output, samples, channels, shape, kind, divisor);
        else Run<Sum<TSimd, TVector>, TSimd, TVector>(input, output, samples, channels, shape, kind, divisor);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TOperation, TSimd, TVector>(
        float* input, float* output, int samples, int channels, in MapPoolShape shape, PoolingKind kind, int divisor)
        where TOperation : struct, IWindowOperation<TVector>
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        int length = shape.InputWidth * channels;
        int sampleLength = shape.InputPlane * channels;
        float* end = output + ((long)samples * shape.OutputPlane * channels);

        // Whole vectors are read from and written to it.
        float* line = ThreadScratch.Take(length + TSimd.Lanes);
        new Span<float>(line + length, TSimd.Lanes).Clear();
        for (int sample = 0; sample < samples; sample++, input += sampleLength)
        {
            for (int row = 0; row < shape.OutputHeight; row++, output += shape.OutputWidth * channels)
            {
                Window rows = shape.Rows(row);
                WindowRows.Take<TOperation, TSimd, TVector>(input + (rows.Begin * length), line, length, rows, shape.DilationY);
                Along<TOperation, TSimd, TVector>(line, output, end, channels, rows, shape, kind, divisor);
            }
        }
    }

    /// <summary>Takes the pixels of each window of a row together.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Along<TOperation, TSimd, TVector>(
        float* line, float* output, float* end, int channels, Window rows, in MapPoolShape shape, PoolingKind kind, int divisor)
        where TOperation : struct, IWindowOperation<TVector>
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        int step = shape.DilationX * channels;
        int reach = ((shape.KernelWidth - 1) * shape.DilationX) + 1;
        int begin = -shape.PaddingX;
        for (int column = 0; column < shape.OutputWidth; column++, output += channels, begin += shape.StrideX)
        {
            bool isWhole = begin >= 0 && begin + reach <= shape.InputWidth;
            Window columns = isWhole ? new Window(begin, begin + reach, reach) : shape.Columns(column);
            float* window = line + (columns.Begin * channels);
            float* windowEnd = line + (columns.End * channels);
            int size = kind == PoolingKind.Max ? 1 : divisor != 0 ? divisor : Divisor(rows, columns, kind);
            bool isPowerOfTwo = BitOperations.IsPow2(size);
            TVector scale = TSimd.Create(isPowerOfTwo ? 1f / size : size);
            for (int channel = 0; channel < channels; channel += TSimd.Lanes)
            {
                // The last vector reaches back over channels that are done; of few channels it reaches on, to where the next pixel goes.
                int at = channels < TSimd.Lanes ? 0 : Math.Min(channel, channels - TSimd.Lanes);
                TVector kept = TOperation.Start;
                for (float* x = window; x < windowEnd; x += step) kept = TOperation.Take(kept, TSimd.Load(x + at));

                // By a power of two both are exact, and to multiply is much faster.
                if (kind != PoolingKind.Max) kept = isPowerOfTwo ? TSimd.Multiply(kept, scale) : TSimd.Divide(kept, scale);
                VectorEnd<TSimd, TVector>.Store(kept, output + at, end);
            }
        }
    }

    private static int Divisor(Window rows, Window columns, PoolingKind kind) => kind == PoolingKind.AverageWithPadding
        ? rows.Size * columns.Size
        : (rows.End - rows.Begin) * (columns.End - columns.Begin);
}
