using System.Runtime.CompilerServices;
using EarlyExitGen.Cpu.Activations;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Convolution;

/// <summary>
/// Winograd's convolution for 3×3 kernels of stride 1: the map is cut into tiles of m×m outputs, each tile's (m + 2)² inputs and the
/// filters are transformed, multiplied position by position as matrices, and transformed back. Lavin and Gray, "Fast Algorithms for
/// Convolutional Neural Networks", 2015.
/// </summary>
/// <remarks>
/// Packed: <c>[bias, 16·⌈C / 16⌉]</c>, then <c>[group of output channels][position][input channel][output channel]</c>. Scratch: the
/// transformed inputs <c>[position][tile][input channel]</c> of a strip of tiles that fits the second level cache, and its products
/// <c>[position][tile][output channel]</c> for one group, each position a cache line apart.
/// </remarks>
internal static unsafe class WinogradConvolution<TShape, TTransform, TSimd, TVector>
    where TShape : struct, IConvolutionShape
    where TTransform : struct, IWinogradTransform
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private const int Block = FeatureMapLayout.ChannelsPerBlock;

    // Floats of transformed input that stay in the second level cache beside the filters that stream through it.
    private const int StripFloats = 64 * 1024;

    // One cache line between positions. A power of two from one to the next would put all of a tile's into one set of the nearest cache.
    private const int Apart = Block;

    public static int PackedLength => BiasLength * (1 + (Positions * TShape.InputChannels));

    public static int ScratchLength => Positions * (InputPosition + ProductPosition);

    /// <summary>Inputs of a tile in one dimension.</summary>
    private static int Side
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TTransform.Outputs + 2;
    }

    private static int Positions
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Side * Side;
    }

    private static int TilesAcross
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (Geometry<TShape>.NeededWidth + TTransform.Outputs - 1) / TTransform.Outputs;
    }

    private static int Tiles
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (Geometry<TShape>.NeededHeight + TTransform.Outputs - 1) / TTransform.Outputs * TilesAcross;
    }

    private static int PaddedInputs
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (TShape.InputChannels + Block - 1) / Block * Block;
    }

    private static int BiasLength
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Geometry<TShape>.OutputBlocks * Block;
    }

    /// <summary>Tiles computed together: whole register tiles as far as the cache goes, and at least one.</summary>
    private static int StripTiles
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Math.Min(Tiles, Math.Max(1, StripFloats / (Positions * PaddedInputs) / TSimd.MostPixels) * TSimd.MostPixels);
    }

    /// <summary>Floats from one position's transformed inputs to the next one's.</summary>
    private static int InputPosition
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (StripTiles * PaddedInputs) + Apart;
    }

    /// <summary>Floats from one position's products to the next one's.</summary>
    private static int ProductPosition
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (StripTiles * Channels<TShape, TSimd, TVector>.PerGroup) + Apart;
    }

    public static void Pack(ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, Span<float> packed)
    {
        packed.Clear();
        bias.CopyTo(packed);
        Span<float> filters = packed[BiasLength..];
        int group = Channels<TShape, TSimd, TVector>.PerGroup;
        for (int output = 0; output < TShape.OutputChannels; output++)
        {
            for (int input = 0; input < TShape.InputChannels; input++)
            {
                ReadOnlySpan<float> kernel = weight.Slice(((output * TShape.InputChannels) + input) * 9, 9);
                for (int position = 0; position < Positions; position++)
                {
                    int at = ((((output / group * Positions) + position) * TShape.InputChannels) + input) * group;
                    filters[at + (output % group)] = (float)TransformFilter(kernel, position / Side, position % Side);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(float* input, float* packed, float* output, float* residual, float* scratch)
    {
        bool eight = TSimd.MostPixels == 8;
        int tiles = StripTiles;
        if (eight && tiles >= 8) Run<Tile8<TSimd, TVector>>(input, packed, output, residual, scratch);
        else if (eight && tiles == 7) Run<Tile7<TSimd, TVector>>(input, packed, output, residual, scratch);
        else if (tiles >= 6) Run<Tile6<TSimd, TVector>>(input, packed, output, residual, scratch);
        else if (tiles >= 4) Run<Tile4<TSimd, TVector>>(input, packed, output, residual, scratch);
        else if (tiles >= 2) Run<Tile2<TSimd, TVector>>(input, packed, output, residual, scratch);
        else Run<Tile1<TSimd, TVector>>(input, packed, output, residual, scratch);
    }

    private static void Run<TTile>(float* input, float* packed, float* output, float* residual, float* scratch)
        where TTile : struct, ITile<TVector>
    {
        int group = Channels<TShape, TSimd, TVector>.PerGroup;
        int strip = StripTiles;
        float* transformed = scratch;
        float* products = scratch + (Positions * InputPosition);
        for (int start = 0; start < Tiles; start += strip)
        {
            // The last strip is moved back to end with the map: some tiles are computed twice.
            int first = Math.Min(start, Tiles - strip);
            TransformInput(input, first, transformed);
            for (int channel = 0; channel < TShape.OutputChannels; channel += group)
            {
                Multiply<TTile>(transformed, packed + BiasLength + (channel * Positions * TShape.InputChannels), products);
                TransformOutput(products, packed, channel, first, output, residual);
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void TransformInput(float* input, int firstTile, float* transformed)
    {
        float* columns = stackalloc float[Positions * TSimd.Lanes];
        int side = Side;
        int strip = StripTiles;
        int inputs = PaddedInputs;
        int pitch = Geometry<TShape>.InputPitch;
        int plane = Geometry<TShape>.InputPlane;
        input += Geometry<TShape>.InputOrigin;
        for (int tile = 0; tile < strip; tile++)
        {
            float* corner = input + (Top(firstTile + tile) * pitch) + (Left(firstTile + tile) * Block);
            for (int channel = 0; channel < inputs; channel += TSimd.Lanes)
            {
                float* source = corner + Channels<TShape, TSimd, TVector>.Offset(channel, plane);
                for (int column = 0; column < side; column++)
                {
                    TTransform.TransformInput(source + (column * Block), pitch, columns + (column * TSimd.Lanes), side * TSimd.Lanes);
                }

                float* destination = transformed + (tile * inputs) + channel;
                for (int row = 0; row < side; row++)
                {
                    TTransform.TransformInput(
                        columns + (row * side * TSimd.Lanes), TSimd.Lanes, destination + (row * side * InputPosition), InputPosition);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Multiply<TTile>(float* transformed, float* filters, float* products)
        where TTile : struct, ITile<TVector>
    {
        int strip = StripTiles;
        int padded = PaddedInputs;
        int inputs = TShape.InputChannels;
        bool two = Channels<TShape, TSimd, TVector>.Vectors == 2;
        int group = two ? 2 * TSimd.Lanes : TSimd.Lanes;
        for (int position = 0; position < Positions; position++)
        {
            for (int tile = 0; tile < strip; tile += TTile.Pixels)
            {
                int first = Math.Min(tile, strip - TTile.Pixels);
                float* x = transformed + (position * InputPosition) + (first * padded);
                float* weights = filters;
                TTile sums = default;
                sums.Start(TSimd.Zero, TSimd.Zero);
                for (float* end = x + inputs; x != end; x++)
                {
                    if (two) sums.MultiplyAdd(x, 1, 0, padded, TSimd.Load(weights), TSimd.Load(weights + TSimd.Lanes));
                    else sums.MultiplyAdd(x, 1, 0, padded, TSimd.Load(weights));
                    weights += group;
                }

                sums.Store(products + (position * ProductPosition) + (first * group), 1, 0, group, two, TSimd.Lanes);
            }

            filters += inputs * group;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void TransformOutput(float* products, float* packed, int channel, int firstTile, float* output, float* residual)
    {
        float* columns = stackalloc float[Positions * TSimd.Lanes];
        float* finished = stackalloc float[Positions * TSimd.Lanes];
        int side = Side;
        int outputs = TTransform.Outputs;
        int strip = StripTiles;
        int group = Channels<TShape, TSimd, TVector>.PerGroup;
        for (int lane = 0; lane < group && channel + lane < BiasLength; lane += TSimd.Lanes)
        {
            TVector bias = TSimd.Load(packed + channel + lane);
            float* map = output + Geometry<TShape>.OutputOrigin
                + Channels<TShape, TSimd, TVector>.Offset(channel + lane, Geometry<TShape>.OutputPlane);
            float* added = residual + Geometry<TShape>.ResidualOrigin
                + Channels<TShape, TSimd, TVector>.Offset(channel + lane, Geometry<TShape>.ResidualPlane);
            for (int tile = 0; tile < strip; tile++)
            {
                float* source = products + (tile * group) + lane;
                for (int column = 0; column < side; column++)
                {
                    TTransform.TransformOutput(
                        source + (column * ProductPosition), side * ProductPosition, columns + (column * TSimd.Lanes), side * TSimd.Lanes);
                }

                for (int row = 0; row < outputs; row++)
                {
                    TTransform.TransformOutput(
                        columns + (row * side * TSimd.Lanes), TSimd.Lanes, finished + (row * outputs * TSimd.Lanes), TSimd.Lanes);
                }

                Store(finished, bias, map, added, Top(firstTile + tile), Left(firstTile + tile));
            }
        }
    }

    /// <summary>Adds bias and residual, clamps, pools and stores one tile of one vector of channels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* finished, TVector bias, float* output, float* residual, int top, int left)
    {
        int outputs = TTransform.Outputs;
        int residualPitch = Geometry<TShape>.ResidualPitch;
        int outputPitch = Geometry<TShape>.OutputPitch;
        residual += (top * residualPitch) + (left * Block);
        if (!TShape.MaxPool2x2)
        {
            output += (top * outputPitch) + (left * Block);
            for (int row = 0; row < outputs; row++)
            {
                for (int column = 0; column < outputs; column++)
                {
                    float* added = residual + (row * residualPitch) + (column * Block);
                    TVector value = Finish(finished + (((row * outputs) + column) * TSimd.Lanes), bias, added);
                    TSimd.Store(value, output + (row * outputPitch) + (column * Block));
                }
            }

            return;
        }

        output += (top / 2 * outputPitch) + (left / 2 * Block);
        for (int row = 0; row < outputs; row += 2)
        {
            for (int column = 0; column < outputs; column += 2)
            {
                float* sums = finished + (((row * outputs) + column) * TSimd.Lanes);
                float* below = sums + (outputs * TSimd.Lanes);
                float* added = residual + (row * residualPitch) + (column * Block);
                float* addedBelow = added + residualPitch;
                TVector upper = TSimd.Max(Finish(sums, bias, added), Finish(sums + TSimd.Lanes, bias, added + Block));
                TVector lower = TSimd.Max(Finish(below, bias, addedBelow), Finish(below + TSimd.Lanes, bias, addedBelow + Block));
                TSimd.Store(TSimd.Max(upper, lower), output + (row / 2 * outputPitch) + (column / 2 * Block));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Finish(float* sum, TVector bias, float* residual)
    {
        TVector value = TSimd.Add(TSimd.Load(sum), bias);
        if (TShape.HasResidual) value = TSimd.Add(value, TSimd.Load(residual));
        if (TShape.Activation is Activation.Relu or Activation.Relu6) value = TSimd.AtLeast(TSimd.Zero, value);
        if (TShape.Activation == Activation.Relu6) value = TSimd.AtMost(TSimd.Create(6), value);
        return value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Top(int tile) =>
        Math.Min(tile / TilesAcross * TTransform.Outputs, Geometry<TShape>.NeededHeight - TTransform.Outputs);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Left(int tile) =>
        Math.Min(tile % TilesAcross * TTransform.Outputs, Geometry<TShape>.NeededWidth - TTransform.Outputs);

    /// <summary>One element of G·g·Gᵀ, in float64.</summary>
    private static double TransformFilter(ReadOnlySpan<float> kernel, int row, int column)
    {
        double sum = 0;
        for (int tap = 0; tap < 9; tap++)
        {
            sum += TTransform.Filter[(row * 3) + (tap / 3)] * TTransform.Filter[(column * 3) + (tap % 3)] * kernel[tap];
        }

        return sum;
    }
}
