using System.Runtime.CompilerServices;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Convolution;

/// <summary>Takes a <see cref="MapConvolution"/> through its maps, some rows at a time.</summary>
internal readonly unsafe struct MapRows<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly MapConvolutionShape shape;
    private readonly MapPlan plan;
    private readonly float* packed;

    // Each null where the layer needs none.
    private readonly float* copy;
    private readonly float* planes;
    private readonly float* sums;
    private readonly float* end;

    private MapRows(in MapConvolutionShape shape, MapPlan plan, float* packed, float* end)
    {
        this.shape = shape;
        this.plan = plan;
        this.packed = packed;
        this.end = end;
        float* scratch = ThreadScratch.Take(plan.Scratch);
        copy = plan.Copies ? scratch : null;
        planes = scratch + plan.Copied;
        sums = plan.Gathers ? planes + plan.Planes : null;
    }

    /// <exception cref="OutOfMemoryException">There is no room for the rows.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(
        in MapConvolutionShape shape, MapPlan plan, float* input, long* selection, float* packed, float* residual, float* output, int samples)
    {
        MapRows<TSimd, TVector> rows = new(shape, plan, packed, output + ((long)samples * shape.OutputLength));

        // The padding stays zero: only what lies within is written.
        new Span<float>(rows.copy, plan.Copied).Clear();
        for (int sample = 0; sample < samples; sample++)
        {
            float* selected = input + ((selection == null ? sample : selection[sample]) * shape.InputLength);
            for (int row = 0; row < shape.OutputHeight; row += plan.Rows)
            {
                rows.RunRows(selected, residual, output, row, Math.Min(plan.Rows, shape.OutputHeight - row));
            }

            output += shape.OutputLength;
            if (residual != null) residual += shape.OutputLength;
        }
    }

    private void RunRows(float* input, float* residual, float* output, int row, int rows)
    {
        (int top, int height) = shape.ConvolutionRows(row, rows);
        int first = row * shape.OutputWidth * shape.OutputChannels;
        float* added = residual == null ? null : residual + first;
        float* target = sums == null ? output + first : sums;
        bool clamps = sums == null || (residual == null && !shape.PoolsSums);
        if (plan.HasPixelVectors) RunPixelVectors(input, target, top, height, clamps);
        else RunTiles(input, sums == null ? added : null, target, top, height, clamps);
        if (sums == null) return;
        if (shape.PoolsSums) MapSums<TSimd, TVector>.Pool(shape, sums, shape.Width * shape.PaddedChannels, top, row, rows, output, end);
        else MapSums<TSimd, TVector>.Join(shape, sums, rows * shape.OutputWidth, added, output + first, end);
    }

    private void RunTiles(float* input, float* residual, float* output, int top, int height, bool clamps)
    {
        int above = (top * shape.StrideY) - shape.PaddingY;
        int step = copy == null ? shape.InputChannels : MapPlan.CopiedStep(shape);
        int pitch = copy == null ? shape.InputWidth * step : MapPlan.CopiedPitch(shape);
        if (copy == null) input += above * pitch;
        else MapRowCopy.Copy(shape, input, plan.IsPlanar, copy, step, pitch, above, shape.InputRows(height));

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
            Output = output,
            OutputStep = outputStep,
            OutputPitch = (shape.PoolsInRegisters ? shape.OutputWidth : shape.Width) * outputStep,
            Residual = residual,
            Clamps = clamps,
        };
        bool two = !shape.IsDepthwise && (shape.PaddedChannels > FeatureMapLayout.ChannelsPerBlock || TSimd.Lanes < FeatureMapLayout.ChannelsPerBlock);
        TileChoice<TSimd, TVector>.Run(tiles, tiles.Width, height, shape.PoolsInRegisters, two);
    }

    private void RunPixelVectors(float* input, float* output, int top, int height, bool clamps)
    {
        int pitch = PixelVectors.Pitch(shape);
        MapRowCopy.CopyPlanes(
            shape, input, plan.IsPlanar, copy, plan.CopiedPlane, pitch, top - shape.PaddingY, shape.InputRows(height));
        PixelTiles<TSimd, TVector> tiles = new()
        {
            Shape = shape,
            Input = copy,
            InputPlane = plan.CopiedPlane,
            Packed = packed,
            Sums = planes,
            SumsPlane = plan.SumsPlane,
            Length = PixelVectors.Sums(shape, height),
        };
        tiles.Run();
        PlanesToPixels<TSimd, TVector> pixels = new()
        {
            Sums = planes,
            Plane = plan.SumsPlane,
            Pitch = pitch,
            Channels = shape.OutputChannels,
            Activation = clamps ? shape.Activation : Activations.Activation.None,
            Rows = shape.PoolsInRegisters ? height / 2 : height,
            Columns = shape.PoolsInRegisters ? shape.OutputWidth : shape.Width,
            Output = output,
            Step = sums == null ? shape.OutputChannels : shape.PaddedChannels,
            End = sums == null ? end : output + (height * shape.Width * shape.PaddedChannels),
        };
        if (shape.PoolsInRegisters) pixels.Run<Windows>();
        else pixels.Run<OneRow>();
    }
}
