using System.Runtime.CompilerServices;
using EarlyExitGen.Cpu.Activations;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Convolution;

/// <summary>Some rows of a <see cref="MapConvolution"/>, tile by tile.</summary>
internal unsafe struct MapTiles<TSimd, TVector> : ITileKernel<TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private const int Block = FeatureMapLayout.ChannelsPerBlock;

    public MapConvolutionShape Shape { get; init; }

    /// <summary>The first value that the first pixel reads.</summary>
    public float* Input { get; init; }

    /// <summary>Floats from one pixel of the input to the next.</summary>
    public int InputStep { get; init; }

    /// <summary>Floats from one row of the input to the next.</summary>
    public int InputPitch { get; init; }

    public float* Packed { get; init; }

    /// <summary>Rows of the convolution.</summary>
    public int Height { get; init; }

    /// <summary>Columns of the convolution.</summary>
    public int Width { get; init; }

    public float* Output { get; init; }

    /// <summary>Floats from one pixel of the output to the next; whole blocks.</summary>
    public int OutputStep { get; init; }

    /// <summary>Floats from one row of the output to the next.</summary>
    public int OutputPitch { get; init; }

    /// <summary>What is added to the output, where it lies likewise; null for nothing.</summary>
    public float* Residual { get; init; }

    /// <summary>Whether the activation is applied.</summary>
    public bool Clamps { get; init; }

    public readonly void Run<TTile, TRows>()
        where TTile : struct, ITile<TVector>
        where TRows : struct, ITileRows
    {
        int channels = Shape.PaddedChannels;
        if (Shape.IsDepthwise)
        {
            for (int channel = 0; channel < channels; channel += TSimd.Lanes) RunDepthwise<TTile, TRows>(channel);
        }
        else if (TSimd.Lanes < Block)
        {
            for (int channel = 0; channel < channels; channel += 2 * TSimd.Lanes) RunDense<TTile, TRows, WithinABlock<TSimd, TVector>>(channel);
        }
        else
        {
            int pairs = channels / (2 * Block) * (2 * Block);
            for (int channel = 0; channel < pairs; channel += 2 * Block) RunDense<TTile, TRows, OfTwoBlocks>(channel);
            if (pairs == channels) return;
            if (Shape.HasThreeTaps && RowPairs.Suit(Height, Width)) RunThreeTaps<TRows>(pairs);
            else RunDense<TTile, TRows, Alone>(pairs);
        }
    }

    private readonly void RunThreeTaps<TRows>(int channel)
        where TRows : struct, ITileRows => RowPairs.Run<ThreeTapTiles<TSimd, TVector, TRows>, TSimd, TVector>(new(this, channel), Height, Width);

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private readonly void RunDense<TTile, TRows, TColumns>(int channel)
        where TTile : struct, ITile<TVector>
        where TRows : struct, ITileRows
        where TColumns : struct, ITileColumns
    {
        bool two = TColumns.AreTwo;
        int rows = TRows.Rows;
        int rowStep = Shape.StrideY * InputPitch;
        int columnStep = Shape.StrideX * InputStep;
        int tapRowStep = Shape.DilationY * InputPitch;

        // The taps of a row lie side by side, unless there are gaps between them.
        int runs = Shape.DilationX == 1 ? 1 : Shape.KernelWidth;
        int runStep = Shape.DilationX * InputStep;
        int run = Shape.DilationX == 1 ? Shape.KernelWidth * InputStep : InputStep;
        int kernelHeight = Shape.KernelHeight;
        int second = TColumns.Second(Shape.BlockLength);
        float* columns = Packed + Shape.PaddedChannels + (channel / Block * Shape.BlockLength) + (channel % Block);
        TVector firstBias = TSimd.Load(Packed + channel);
        TVector secondBias = two ? TSimd.Load(Packed + channel + TColumns.SecondOutput) : default;

        // The last tile of a row or column is moved back to end with the map: some pixels are computed twice, none is cut.
        for (int row = 0; row < Height; row += rows)
        {
            int top = Math.Min(row, Height - rows);
            for (int column = 0; column < Width; column += TTile.Pixels / rows)
            {
                int left = Math.Min(column, Width - (TTile.Pixels / rows));
                float* taps = Input + (top * rowStep) + (left * columnStep);
                float* w = columns;
                TTile tile = default;
                tile.Start(firstBias, secondBias);
                for (int ky = 0; ky < kernelHeight; ky++, taps += tapRowStep)
                {
                    float* start = taps;
                    for (int kx = 0; kx < runs; kx++, start += runStep)
                    {
                        float* x = start;
                        for (float* end = x + run; x != end; x++, w += Block)
                        {
                            if (two) tile.MultiplyAdd(x, rows, rowStep, columnStep, TSimd.Load(w), TSimd.Load(w + second));
                            else tile.MultiplyAdd(x, rows, rowStep, columnStep, TSimd.Load(w));
                        }
                    }
                }

                Store<TTile, TRows>(ref tile, channel, top, left, two, TColumns.SecondOutput);
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private readonly void RunDepthwise<TTile, TRows>(int channel)
        where TTile : struct, ITile<TVector>
        where TRows : struct, ITileRows
    {
        int rows = TRows.Rows;
        int rowStep = Shape.StrideY * InputPitch;
        int columnStep = Shape.StrideX * InputStep;
        int tapRowStep = Shape.DilationY * InputPitch;
        int tapStep = Shape.DilationX * InputStep;
        int kernelHeight = Shape.KernelHeight;
        int kernelWidth = Shape.KernelWidth;
        float* filter = Packed + Shape.PaddedChannels + (channel / Block * Shape.BlockLength) + (channel % Block);
        TVector bias = TSimd.Load(Packed + channel);
        for (int row = 0; row < Height; row += rows)
        {
            int top = Math.Min(row, Height - rows);
            for (int column = 0; column < Width; column += TTile.Pixels / rows)
            {
                int left = Math.Min(column, Width - (TTile.Pixels / rows));
                float* taps = Input + channel + (top * rowStep) + (left * columnStep);
                float* w = filter;
                TTile tile = default;
                tile.Start(bias, default);
                for (int ky = 0; ky < kernelHeight; ky++, taps += tapRowStep)
                {
                    float* x = taps;
                    for (int kx = 0; kx < kernelWidth; kx++, x += tapStep, w += Block)
                    {
                        tile.MultiplyAddEach(x, rows, rowStep, columnStep, TSimd.Load(w));
                    }
                }

                Store<TTile, TRows>(ref tile, channel, top, left, two: false, secondOffset: 0);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Store<TTile, TRows>(ref TTile tile, int channel, int top, int left, bool two, int secondOffset)
        where TTile : struct, ITile<TVector>
        where TRows : struct, ITileRows
    {
        Finish(ref tile, channel, top, left, TRows.Rows, two, secondOffset);
        if (TRows.Pools) tile.StoreLargest(Pooled(channel, top, left), OutputStep, two, secondOffset);
        else tile.Store(Output + At(channel, top, left), TRows.Rows, OutputPitch, OutputStep, two, secondOffset);
    }

    /// <summary>Finishes and stores a tile whose second vectors are the row below.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void StoreBoth<TTile, TRows>(ref TTile tile, int channel, int top, int left)
        where TTile : struct, ITile<TVector>
        where TRows : struct, ITileRows
    {
        Finish(ref tile, channel, top, left, rows: 1, two: true, OutputPitch);
        if (TRows.Pools) tile.StoreLargestOfBoth(Pooled(channel, top, left), OutputStep);
        else tile.Store(Output + At(channel, top, left), 1, OutputPitch, OutputStep, two: true, OutputPitch);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Finish<TTile>(ref TTile tile, int channel, int top, int left, int rows, bool two, int secondOffset)
        where TTile : struct, ITile<TVector>
    {
        if (Residual != null) tile.Add(Residual + At(channel, top, left), rows, OutputPitch, OutputStep, two, secondOffset);
        if (Clamps && Shape.Activation != Activation.None) tile.AtLeast(TSimd.Zero, two);
        if (Clamps && Shape.Activation == Activation.Relu6) tile.AtMost(TSimd.Create(6), two);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly int At(int channel, int top, int left) => channel + (top * OutputPitch) + (left * OutputStep);

    // Where the largest of the 2×2 window goes that begins there.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly float* Pooled(int channel, int top, int left) => Output + At(channel, top / 2, left / 2);
}
