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

    /// <summary>Times each way on an input of this shape, in turns.</summary>
    /// <param name="shape">[N, C, H, W].</param>
    /// <param name="isFirst">Whether its input is the caller's, whose channels come first.</param>
    public ConvolutionTiming Measure(long[] shape, bool isFirst)
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor channelsFirst = FreezeMeasurement.Input(shape);
        TensorSlot first = new();
        TensorSlot last = new();
        first.Borrow(channelsFirst.Handle);
        last.Borrow((isFirst ? channelsFirst : ChannelsLast(channelsFirst)).Handle);
        (ConvolutionWay Way, TensorSlot Input)[] ways =
            [(ConvolutionWay.Ordinary, first), (ConvolutionWay.ChannelsLast, last), (ConvolutionWay.Packed, last)];

        Tensor expected = Run(ConvolutionWay.Ordinary, first);
        double[] shortest = [.. ways.Select(way => FreezeMeasurement.Matches(Run(way.Way, way.Input), expected) ? double.PositiveInfinity : double.NaN)];
        if (packed is null) shortest[(int)ConvolutionWay.Packed] = double.NaN;
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

    public void Dispose()
    {
        packed?.Dispose();
        channelsLast?.Dispose();
    }

    private bool Takes(ConvolutionWay way) => oneRow == way || batch == way;

    // The same tensor with the values of a place side by side: TorchSharp has no name for that layout.
    private static Tensor ChannelsLast(Tensor channelsFirst) => channelsFirst.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);

    private Tensor Run(ConvolutionWay way, TensorSlot input) => Tensor.UnsafeCreateTensor(Call(way, input).Handle);

    private NewTensor Call(ConvolutionWay way, TensorSlot input)
    {
        (oneRow, batch) = (way, way);
        return EarlyExitTorchPipeline.Conv2d(input, Layer, stride, padding, dilation, groups);
    }
}
