using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Pooling;

/// <summary>
/// Pools maps that have a pixel's channels side by side: first down the columns, over whole rows of floats whatever the number of channels,
/// then along the row; windows that don't overlap at once.
/// </summary>
/// <remarks>Thread-safe on different outputs. Allocates no managed memory: what it needs for a row, the thread keeps.</remarks>
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
            if (Vector512.IsHardwareAccelerated && (channels >= Simd512.Lanes || !AreApart(shape, channels)))
            {
                Run<Simd512, Vector512<float>>(x, y, samples, channels, shape, kind, divisor);
            }
            else if (Vector256.IsHardwareAccelerated && (channels >= Simd256.Lanes || !AreApart(shape, channels)))
            {
                Run<Simd256, Vector256<float>>(x, y, samples, channels, shape, kind, divisor);
            }
            else
            {
                Run<Simd128, Vector128<float>>(x, y, samples, channels, shape, kind, divisor);
            }
        }
    }

    /// <summary>Whether each value is read for one window alone, and a pixel fills a vector: then windows are read where they lie.</summary>
    private static bool AreApart(in MapPoolShape shape, int channels) =>
        channels >= Simd128.Lanes
        && shape.StrideX > (shape.KernelWidth - 1) * shape.DilationX
        && shape.StrideY > (shape.KernelHeight - 1) * shape.DilationY;

    /// <summary>Whether windows have two rows and two columns, all of them in the map.</summary>
    private static bool AreWholeSquares(in MapPoolShape shape) =>
        shape is { KernelHeight: 2, KernelWidth: 2, PaddingY: 0, PaddingX: 0, DilationY: 1, DilationX: 1 }
        && ((shape.OutputHeight - 1) * shape.StrideY) + 2 <= shape.InputHeight
        && ((shape.OutputWidth - 1) * shape.StrideX) + 2 <= shape.InputWidth;

    private static void Run<TSimd, TVector>(float* input, float* output, int samples, int channels, in MapPoolShape shape, PoolingKind kind, int divisor)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        if (kind == PoolingKind.Max) Run<Maximum<TSimd, TVector>, TSimd, TVector>(input, output, samples, channels, shape, kind, divisor);
        else Run<Sum<TSimd, TVector>, TSimd, TVector>(input, output, samples, channels, shape, kind, divisor);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RunSquares<TOperation, TSimd, TVector>(
        float* input, float* output, int samples, int channels, in MapPoolShape shape, PoolingKind kind, int divisor)
        where TOperation : struct, IWindowOperation<TVector>
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        nint right = channels;
        nint below = shape.InputWidth * right;
        nint step = shape.StrideX * right;
        nint rowStep = shape.StrideY * below;
        int size = divisor != 0 ? divisor : 4;
        int width = shape.OutputWidth;
        int last = channels - TSimd.Lanes;
        for (int sample = 0; sample < samples; sample++, input += shape.InputHeight * below)
        {
            float* line = input;
            for (int row = 0; row < shape.OutputHeight; row++, line += rowStep)
            {
                float* x = line;
                for (int column = 0; column < width; column++, x += step, output += channels)
                {
                    for (int channel = 0; channel < channels; channel += TSimd.Lanes)
                    {
                        // The last vector reaches back over channels that are done.
                        int at = Math.Min(channel, last);
                        TVector upper = TOperation.Take(TSimd.Load(x + at), TSimd.Load(x + right + at));
                        TVector lower = TOperation.Take(TSimd.Load(x + below + at), TSimd.Load(x + below + right + at));
                        TSimd.Store(Mean<TSimd, TVector>(TOperation.Take(upper, lower), kind, size), output + at);
                    }
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RunApart<TOperation, TSimd, TVector>(
        float* input, float* output, int samples, int channels, in MapPoolShape shape, PoolingKind kind, int divisor)
        where TOperation : struct, IWindowOperation<TVector>
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        int pitch = shape.InputWidth * channels;
        int rowStep = shape.DilationY * pitch;
        int columnStep = shape.DilationX * channels;
        for (int sample = 0; sample < samples; sample++, input += shape.InputHeight * pitch)
        {
            for (int row = 0; row < shape.OutputHeight; row++)
            {
                Window rows = shape.Rows(row);
                float* line = input + (rows.Begin * pitch);
                float* lineEnd = input + (rows.End * pitch);
                for (int column = 0; column < shape.OutputWidth; column++, output += channels)
                {
                    Window columns = shape.Columns(column);
                    int size = divisor != 0 ? divisor : Divisor(rows, columns, kind);
                    for (int channel = 0; channel < channels; channel += TSimd.Lanes)
                    {
                        // The last vector reaches back over channels that are done.
                        int at = Math.Min(channel, channels - TSimd.Lanes);
                        TVector kept = TOperation.Start;
                        for (float* y = line; y < lineEnd; y += rowStep)
                        {
                            float* end = y + (columns.End * channels);
                            for (float* x = y + (columns.Begin * channels); x < end; x += columnStep) kept = TOperation.Take(kept, TSimd.Load(x + at));
                        }

                        TSimd.Store(Mean<TSimd, TVector>(kept, kind, size), output + at);
                    }
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TOperation, TSimd, TVector>(
        float* input, float* output, int samples, int channels, in MapPoolShape shape, PoolingKind kind, int divisor)
        where TOperation : struct, IWindowOperation<TVector>
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        if (channels >= TSimd.Lanes && AreWholeSquares(shape))
        {
            RunSquares<TOperation, TSimd, TVector>(input, output, samples, channels, shape, kind, divisor);
            return;
        }

        if (channels >= TSimd.Lanes && AreApart(shape, channels))
        {
            RunApart<TOperation, TSimd, TVector>(input, output, samples, channels, shape, kind, divisor);
            return;
        }

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
            int size = divisor != 0 ? divisor : Divisor(rows, columns, kind);
            for (int channel = 0; channel < channels; channel += TSimd.Lanes)
            {
                // The last vector reaches back over channels that are done; of few channels it reaches on, to where the next pixel goes.
                int at = channels < TSimd.Lanes ? 0 : Math.Min(channel, channels - TSimd.Lanes);
                TVector kept = TOperation.Start;
                for (float* x = window; x < windowEnd; x += step) kept = TOperation.Take(kept, TSimd.Load(x + at));
                VectorEnd<TSimd, TVector>.Store(Mean<TSimd, TVector>(kept, kind, size), output + at, end);
            }
        }
    }

    // To multiply by the inverse of a power of two is as exact, and much faster.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Mean<TSimd, TVector>(TVector kept, PoolingKind kind, int size)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        if (kind == PoolingKind.Max) return kept;
        return BitOperations.IsPow2(size) ? TSimd.Multiply(kept, TSimd.Create(1f / size)) : TSimd.Divide(kept, TSimd.Create(size));
    }

    private static int Divisor(Window rows, Window columns, PoolingKind kind) => kind == PoolingKind.AverageWithPadding
        ? rows.Size * columns.Size
        : (rows.End - rows.Begin) * (columns.End - columns.Begin);
}
