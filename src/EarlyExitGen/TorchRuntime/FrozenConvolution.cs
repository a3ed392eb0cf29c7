using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen.TorchRuntime;

/// <summary>A convolution over maps with its weight in each layout that it may run with, and the way that was chosen.</summary>
/// <remarks>Owns the weights that it made. Thread-safe once the way is chosen.</remarks>
internal sealed class FrozenConvolution : IDisposable
{
    private readonly long[] stride;
    private readonly long[] padding;
    private readonly long[] dilation;
    private readonly long groups;
    private Tensor? channelsLast;
    private PackedConvolution? packed;
    private ConvolutionWay oneRow;
    private ConvolutionWay batch;

    public FrozenConvolution(
        FrozenLayer layer,
        Tensor weight,
        ReadOnlySpan<long> stride,
        ReadOnlySpan<long> padding,
        ReadOnlySpan<long> dilation,
        long groups)
    {
        Layer = new FrozenLayer(layer.Weight, layer.Bias, this);
        this.stride = stride.ToArray();
        this.padding = padding.ToArray();
        this.dilation = dilation.ToArray();
        this.groups = groups;
        using DisposeScope scope = NewDisposeScope();
        channelsLast = ChannelsLast(weight).DetachFromDisposeScope();
        packed = PackedConvolution.TryCreate(layer.Weight, stride, padding, dilation, groups);
    }

    /// <summary>The layer that goes the chosen way.</summary>
    public FrozenLayer Layer { get; }

    /// <summary>Null unless a way needs it.</summary>
    public nint? ChannelsLastWeight => channelsLast?.Handle;

    /// <summary>Null unless a way needs it, and where libtorch can't.</summary>
    public PackedConvolution? Packed => packed;

    public unsafe ConvolutionWay WayOf(nint input) => LibTorchSharp.Size(input, 0) == 1 ? oneRow : batch;

    /// <summary>Goes these ways from now on, and lets go of the weights that neither needs.</summary>
    public void Take(ConvolutionRoute route)
    {
        (oneRow, batch) = (route.OneRow.Way, route.Batch.Way);
        if (!Takes(ConvolutionWay.ChannelsLast))
        {
            channelsLast?.Dispose();
            channelsLast = null;
        }

        if (!Takes(ConvolutionWay.Packed))
        {
            packed?.Dispose();
            packed = null;
        }
    }

    /// <summary>Goes one way until the next choice, and keeps the weights of all.</summary>
    internal void Use(ConvolutionWay way) => (oneRow, batch) = (way, way);

    /// <summary>Times each way on an input of this shape, in turns; a way that gives something else than the ordinary one takes NaN.</summary>
    /// <param name="shape">[N, C, H, W].</param>
    /// <param name="isFirst">Whether its input is the caller's, whose channels come first.</param>
    public ConvolutionTiming Measure(long[] shape, bool isFirst)
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        (ConvolutionWay Way, TensorSlot Input)[] ways = Ways(shape, isFirst);
        Tensor expected = Run(ConvolutionWay.Ordinary, ways[0].Input);
        double[] shortest = [.. ways.Select(way => Matches(way.Way, way.Input, expected) ? double.PositiveInfinity : double.NaN)];
        long start = Stopwatch.GetTimestamp();
        for (int round = 0; FreezeMeasurement.GoesOn(round, start); round++)
        {
            foreach ((ConvolutionWay way, TensorSlot input) in ways)
            {
                shortest[(int)way] = Math.Min(shortest[(int)way], FreezeMeasurement.Time(() => Call(way, input)));
            }
        }

        return new ConvolutionTiming((int)shape[0], shortest[0], shortest[1], shortest[2], ConvolutionWay.Ordinary);
    }

    /// <summary>
    /// The choice made for earlier weights, as far as these weights give the same that way as the ordinary way: libtorch has lost weights
    /// on packing them.
    /// </summary>
    /// <param name="earlier">The choice.</param>
    /// <param name="oneRow">[1, C, H, W].</param>
    /// <param name="batch">[N, C, H, W].</param>
    /// <param name="isFirst">Whether its input is the caller's, whose channels come first.</param>
    public ConvolutionRoute Confirm(ConvolutionRoute earlier, long[] oneRow, long[] batch, bool isFirst) => earlier with
    {
        OneRow = Confirm(earlier.OneRow, oneRow, isFirst),
        Batch = Confirm(earlier.Batch, batch, isFirst),
    };

    public void Dispose()
    {
        packed?.Dispose();
        channelsLast?.Dispose();
    }

    private bool Takes(ConvolutionWay way) => oneRow == way || batch == way;

    // The same tensor with the values of a place side by side: TorchSharp has no name for that layout.
    private static Tensor ChannelsLast(Tensor channelsFirst) => channelsFirst.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);

    private ConvolutionTiming Confirm(ConvolutionTiming earlier, long[] shape, bool isFirst)
    {
        if (earlier.Way == ConvolutionWay.Ordinary) return earlier;
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        (ConvolutionWay Way, TensorSlot Input)[] ways = Ways(shape, isFirst);
        Tensor expected = Run(ConvolutionWay.Ordinary, ways[0].Input);
        return Matches(earlier.Way, ways[(int)earlier.Way].Input, expected) ? earlier : earlier with { Way = ConvolutionWay.Ordinary };
    }

    /// <summary>Each way with an input in its layout, of the surrounding scope.</summary>
    private static (ConvolutionWay Way, TensorSlot Input)[] Ways(long[] shape, bool isFirst)
    {
        Tensor channelsFirst = FreezeMeasurement.Input(shape);
        TensorSlot first = new();
        TensorSlot last = new();
        first.Borrow(channelsFirst.Handle);
        last.Borrow((isFirst ? channelsFirst : ChannelsLast(channelsFirst)).Handle);
        return [(ConvolutionWay.Ordinary, first), (ConvolutionWay.ChannelsLast, last), (ConvolutionWay.Packed, last)];
    }

    private bool Matches(ConvolutionWay way, TensorSlot input, Tensor expected) =>
        (way != ConvolutionWay.Packed || packed is not null) && FreezeMeasurement.Matches(Run(way, input), expected);

    private Tensor Run(ConvolutionWay way, TensorSlot input) => Tensor.UnsafeCreateTensor(Call(way, input).Handle);

    private NewTensor Call(ConvolutionWay way, TensorSlot input)
    {
        Use(way);
        return EarlyExitTorchPipeline.Conv2d(input, Layer, stride, padding, dilation, groups);
    }
}
