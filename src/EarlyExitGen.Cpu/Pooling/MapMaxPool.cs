using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Pooling;

/// <summary>
/// Max pooling over maps in the layouts of tensor libraries: channel by channel, or with a pixel's channels side by side. Exact; NaN where
/// a window has one.
/// </summary>
/// <remarks>Thread-safe on different outputs. Never allocates. <see cref="Pooling2d"/> is for maps in blocks.</remarks>
public static unsafe class MapMaxPool
{
    /// <summary>The widest map that <see cref="Planes"/> takes: a line of it lies on the stack.</summary>
    public const int WidestMap = 4096;

    /// <summary>The fewest channels that <see cref="ChannelsLast"/> takes: a vector of the shortest kind.</summary>
    public const int FewestChannels = 4;

    /// <summary>Pools maps that lie channel by channel. The output must not overlap the input.</summary>
    /// <param name="input">[planes, H, W].</param>
    /// <param name="output">[planes, output H, output W].</param>
    /// <param name="planes">Channels of all samples together.</param>
    /// <param name="shape">The layer.</param>
    /// <exception cref="ArgumentException">A length is wrong, or the map is too wide.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Planes(ReadOnlySpan<float> input, Span<float> output, int planes, in MaxPoolShape shape)
    {
        RequireLengths(input.Length, output.Length, planes, shape);
        if (shape.InputWidth > WidestMap) throw new ArgumentException($"A map has at most {WidestMap} columns, but this {shape.InputWidth}.");
        fixed (float* x = input, y = output)
        {
            if (Vector512.IsHardwareAccelerated) Planes<Simd512, Vector512<float>>(x, y, planes, shape);
            else if (Vector256.IsHardwareAccelerated) Planes<Simd256, Vector256<float>>(x, y, planes, shape);
            else Planes<Simd128, Vector128<float>>(x, y, planes, shape);
        }
    }

    /// <summary>Pools maps that have a pixel's channels side by side. The output must not overlap the input.</summary>
    /// <param name="input">[samples, H, W, channels].</param>
    /// <param name="output">[samples, output H, output W, channels].</param>
    /// <param name="samples">How many maps.</param>
    /// <param name="channels">At least <see cref="FewestChannels"/>.</param>
    /// <param name="shape">The layer.</param>
    /// <exception cref="ArgumentException">A length is wrong, or there are too few channels.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ChannelsLast(ReadOnlySpan<float> input, Span<float> output, int samples, int channels, in MaxPoolShape shape)
    {
        RequireLengths(input.Length, output.Length, checked(samples * channels), shape);
        if (channels < FewestChannels) throw new ArgumentException($"There must be at least {FewestChannels} channels, but are {channels}.");
        fixed (float* x = input, y = output)
        {
            if (Vector512.IsHardwareAccelerated && channels >= 16) ChannelsLast<Simd512, Vector512<float>>(x, y, samples, channels, shape);
            else if (Vector256.IsHardwareAccelerated && channels >= 8) ChannelsLast<Simd256, Vector256<float>>(x, y, samples, channels, shape);
            else ChannelsLast<Simd128, Vector128<float>>(x, y, samples, channels, shape);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Planes<TSimd, TVector>(float* input, float* output, int planes, in MaxPoolShape shape)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        int width = shape.InputWidth;
        int reach = ((shape.KernelWidth - 1) * shape.DilationX) + 1;
        float* line = stackalloc float[width];
        for (int plane = 0; plane < planes; plane++, input += shape.InputPlane)
        {
            for (int row = 0; row < shape.OutputHeight; row++)
            {
                Window rows = shape.Rows(row);
                MaxOfRows<TSimd, TVector>(input + (rows.Begin * width), line, width, rows, shape.DilationY);
                for (int column = 0; column < shape.OutputWidth; column++)
                {
                    int begin = (column * shape.StrideX) - shape.PaddingX;
                    int end = begin + reach;
                    if (begin < 0 || end > width) (begin, end, _) = shape.Columns(column);
                    float kept = float.NegativeInfinity;
                    for (int at = begin; at < end; at += shape.DilationX) kept = MathF.Max(kept, line[at]);
                    *output++ = kept;
                }
            }
        }
    }

    /// <summary>The largest of each column over the rows of a window.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MaxOfRows<TSimd, TVector>(float* first, float* line, int width, Window rows, int dilation)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        int step = dilation * width;
        int at = 0;
        for (; at <= width - TSimd.Lanes; at += TSimd.Lanes)
        {
            TVector kept = TSimd.Create(float.NegativeInfinity);
            float* source = first + at;
            for (int row = rows.Begin; row < rows.End; row += dilation, source += step) kept = TSimd.Max(kept, TSimd.Load(source));
            TSimd.Store(kept, line + at);
        }

        for (; at < width; at++)
        {
            float kept = float.NegativeInfinity;
            float* source = first + at;
            for (int row = rows.Begin; row < rows.End; row += dilation, source += step) kept = MathF.Max(kept, *source);
            line[at] = kept;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ChannelsLast<TSimd, TVector>(float* input, float* output, int samples, int channels, in MaxPoolShape shape)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        int pitch = shape.InputWidth * channels;
        for (int sample = 0; sample < samples; sample++, input += shape.InputPlane * channels)
        {
            for (int row = 0; row < shape.OutputHeight; row++)
            {
                Window rows = shape.Rows(row);
                for (int column = 0; column < shape.OutputWidth; column++, output += channels)
                {
                    Window columns = shape.Columns(column);
                    float* window = input + (rows.Begin * pitch) + (columns.Begin * channels);
                    for (int channel = 0; channel < channels; channel += TSimd.Lanes)
                    {
                        // The last vector reaches back over channels that are done.
                        int at = Math.Min(channel, channels - TSimd.Lanes);
                        TVector kept = TSimd.Create(float.NegativeInfinity);
                        float* line = window + at;
                        for (int y = rows.Begin; y < rows.End; y += shape.DilationY, line += shape.DilationY * pitch)
                        {
                            float* source = line;
                            for (int x = columns.Begin; x < columns.End; x += shape.DilationX, source += shape.DilationX * channels)
                            {
                                kept = TSimd.Max(kept, TSimd.Load(source));
                            }
                        }

                        TSimd.Store(kept, output + at);
                    }
                }
            }
        }
    }

    private static void RequireLengths(int input, int output, int planes, in MaxPoolShape shape)
    {
        Require(input, planes, shape.InputHeight, shape.InputWidth);
        Require(output, planes, shape.OutputHeight, shape.OutputWidth);
    }

    private static void Require(int found, int planes, int height, int width)
    {
        if (found != checked(planes * height * width))
        {
            throw new ArgumentException($"Expected {planes}×{height}×{width} = {planes * height * width} floats, found {found}.");
        }
    }
}
