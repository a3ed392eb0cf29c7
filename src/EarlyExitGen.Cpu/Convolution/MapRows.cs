using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Convolution;

/// <summary>Takes a <see cref="MapConvolution"/> through its maps, as many rows at a time as the second level cache holds.</summary>
internal static unsafe class MapRows<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    // Floats of padded input, and of sums that are still to be pooled or moved together.
    private const int MostCopied = 48 * 1024;
    private const int MostSums = 24 * 1024;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(
        in MapConvolutionShape shape, float* input, bool isPlanar, float* packed, float* residual, float* output, int samples)
    {
        bool copies = NeedsPadding(shape) || (isPlanar && shape.InputChannels > 1);
        bool gathers = shape.OutputChannels != shape.PaddedChannels || shape.PoolsSums;
        int rows = RowsAtATime(shape, copies, gathers);
        int copied = copies ? CopiedLength(shape, rows) : 0;
        int sums = gathers ? SumsLength(shape, rows) : 0;
        float* scratch = null;
        if (copied + sums > 0) scratch = (float*)NativeMemory.AlignedAlloc((nuint)(copied + sums) * sizeof(float), Arena.Alignment * sizeof(float));
        try
        {
            // The padding stays zero: only what lies within is written.
            new Span<float>(scratch, copied).Clear();
            float* end = output + ((long)samples * shape.OutputLength);
            for (int sample = 0; sample < samples; sample++)
            {
                for (int row = 0; row < shape.OutputHeight; row += rows)
                {
                    int count = Math.Min(rows, shape.OutputHeight - row);
                    RunRows(
                        shape, input, isPlanar, packed, residual, output, end, row, count, copies ? scratch : null, gathers ? scratch + copied : null);
                }

                input += shape.InputLength;
                output += shape.OutputLength;
                if (residual != null) residual += shape.OutputLength;
            }
        }
        finally
        {
            NativeMemory.AlignedFree(scratch);
        }
    }

    private static void RunRows(
        in MapConvolutionShape shape, float* input, bool isPlanar, float* packed, float* residual, float* output, float* end, int row,
        int rows, float* copy, float* sums)
    {
        (int top, int height) = shape.ConvolutionRows(row, rows);
        int above = (top * shape.StrideY) - shape.PaddingY;
        int step = copy == null ? shape.InputChannels : CopiedStep(shape);
        int pitch = copy == null ? shape.InputWidth * step : CopiedPitch(shape);
        if (copy == null) input += above * pitch;
        else MapRowCopy.Copy(shape, input, isPlanar, copy, step, pitch, above, shape.InputRows(height));

        int first = row * shape.OutputWidth * shape.OutputChannels;
        int columns = shape.PoolsInRegisters ? shape.OutputWidth : shape.Width;
        int outputStep = sums == null ? shape.OutputChannels : shape.PaddedChannels;
        MapTiles<TSimd, TVector> tiles = new()
        {
            Shape = shape,
            Input = copy == null ? input : copy,
            InputStep = step,
            InputPitch = pitch,
            Packed = packed,
            Height = height,
            Width = shape.PoolsInRegisters ? 2 * shape.OutputWidth : shape.Width,
            Output = sums == null ? output + first : sums,
            OutputStep = outputStep,
            OutputPitch = columns * outputStep,
            Residual = sums == null && residual != null ? residual + first : null,
            Clamps = sums == null || (residual == null && !shape.PoolsSums),
        };
        bool two = !shape.IsDepthwise && (shape.PaddedChannels > FeatureMapLayout.ChannelsPerBlock || TSimd.Lanes < FeatureMapLayout.ChannelsPerBlock);
        TileChoice<TSimd, TVector>.Run(tiles, tiles.Width, height, shape.PoolsInRegisters, two);
        if (sums == null) return;
        if (shape.PoolsSums)
        {
            MapSums<TSimd, TVector>.Pool(shape, sums, tiles.OutputPitch, top, row, rows, output, end);
        }
        else
        {
            float* added = residual == null ? null : residual + first;
            MapSums<TSimd, TVector>.Join(shape, sums, rows * shape.OutputWidth, added, output + first, end);
        }
    }

    private static bool NeedsPadding(in MapConvolutionShape shape) =>
        shape.PaddingX > 0 || shape.PaddingY > 0 || (shape.IsDepthwise && shape.OutputChannels != shape.PaddedChannels);

    private static int CopiedStep(in MapConvolutionShape shape) => shape.IsDepthwise ? shape.PaddedChannels : shape.InputChannels;

    private static int CopiedPitch(in MapConvolutionShape shape) => (shape.InputWidth + (2 * shape.PaddingX)) * CopiedStep(shape);

    private static int CopiedLength(in MapConvolutionShape shape, int rows) =>
        checked((int)Arena.RoundUp((long)shape.InputRows(MostConvolutionRows(shape, rows)) * CopiedPitch(shape)));

    private static int SumsLength(in MapConvolutionShape shape, int rows) =>
        checked((shape.PoolsInRegisters ? rows * shape.OutputWidth : MostConvolutionRows(shape, rows) * shape.Width) * shape.PaddedChannels);

    private static int MostConvolutionRows(in MapConvolutionShape shape, int rows)
    {
        if (shape.Pool is not { } pool) return rows;
        if (shape.PoolsInRegisters) return 2 * rows;
        return Math.Min(shape.Height, ((rows - 1) * pool.StrideY) + ((pool.KernelHeight - 1) * pool.DilationY) + 1);
    }

    /// <summary>All rows, or as many as fit; at least one.</summary>
    private static int RowsAtATime(in MapConvolutionShape shape, bool copies, bool gathers)
    {
        int rows = shape.OutputHeight;
        while (rows > 1 && ((copies && CopiedLength(shape, rows) > MostCopied) || (gathers && SumsLength(shape, rows) > MostSums)))
        {
            rows = (rows + 1) / 2;
        }

        return rows;
    }
}
