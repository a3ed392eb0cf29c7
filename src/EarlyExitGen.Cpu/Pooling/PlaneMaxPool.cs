using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Pooling;

/// <summary>
/// Max pooling over maps that lie channel by channel, of sizes that are known when it runs. Exact; NaN where a window has one.
/// </summary>
/// <remarks>Thread-safe on different outputs. Never allocates.</remarks>
internal static unsafe class PlaneMaxPool
{
    /// <summary>The widest map that there is a kernel for: a line of it lies on the stack.</summary>
    public const int WidestMap = 4096;

    /// <summary>Pools. The output must not overlap the input.</summary>
    /// <param name="input">[planes, H, W].</param>
    /// <param name="output">[planes, output H, output W].</param>
    /// <param name="planes">Channels of all samples together.</param>
    /// <param name="shape">The layer.</param>
    /// <exception cref="ArgumentException">A length is wrong, or the map is too wide.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(ReadOnlySpan<float> input, Span<float> output, int planes, in MapPoolShape shape)
    {
        shape.RequireLengths(input.Length, output.Length, planes);
        if (shape.InputWidth > WidestMap) throw new ArgumentException($"A map has at most {WidestMap} columns, but this {shape.InputWidth}.");
        fixed (float* x = input, y = output)
        {
            if (Vector512.IsHardwareAccelerated) Run<Simd512, Vector512<float>>(x, y, planes, shape);
            else if (Vector256.IsHardwareAccelerated) Run<Simd256, Vector256<float>>(x, y, planes, shape);
            else Run<Simd128, Vector128<float>>(x, y, planes, shape);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TSimd, TVector>(float* input, float* output, int planes, in MapPoolShape shape)
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
                WindowRows.Take<Maximum<TSimd, TVector>, TSimd, TVector>(input + (rows.Begin * width), line, width, rows, shape.DilationY);
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
}
