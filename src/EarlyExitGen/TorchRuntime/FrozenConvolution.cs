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
    private readonly LayerTail? tail;
    private Tensor? channelsLast;
    private PackedConvolution? packed;
    private DirectMapConvolution? direct;
    private ConvolutionWay oneRow;
    private ConvolutionWay batch;

    /// <param name="layer">Its weight and bias.</param>
    /// <param name="weight">The weight: [K, C / groups, kernel, kernel].</param>
    /// <param name="input">[C, H, W].</param>
    /// <param name="stride">Rows, columns.</param>
    /// <param name="padding">Rows, columns.</param>
    /// <param name="dilation">Rows, columns.</param>
    /// <param name="groups">Into how many groups the channels are split.</param>
    /// <param name="tail">What follows in the same operation; null for nothing.</param>
    public FrozenConvolution(
        FrozenLayer layer,
        Tensor weight,
        ReadOnlySpan<long> input,
        ReadOnlySpan<long> stride,
        ReadOnlySpan<long> padding,
        ReadOnlySpan<long> dilation,
        long groups,
        LayerTail? tail = null)
    {
        Layer = new FrozenLayer(layer.Weight, layer.Bias, this);
        this.stride = stride.ToArray();
        this.padding = padding.ToArray();
        this.dilation = dilation.ToArray();
        this.groups = groups;
        this.tail = tail;
        using DisposeScope scope = NewDisposeScope();
        channelsLast = ChannelsLast(weight).DetachFromDisposeScope();
        try
        {
            packed = PackedConvolution.TryCreate(layer.Weight, stride, padding, dilation, groups);
            direct = DirectMapConvolution.TryCreate(layer, weight, input, stride, padding, dilation, groups, tail);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The layer that goes the chosen way.</summary>
    public FrozenLayer Layer { get; }

    /// <summary>Null unless a way needs it.</summary>
    public nint? ChannelsLastWeight => channelsLast?.Handle;

    /// <summary>Null unless a way needs it, and where libtorch can't.</summary>
    public PackedConvolution? Packed => packed;

    public unsafe ConvolutionWay WayOf(nint input) => WayOf(LibTorchSharp.Size(input, 0));

    /// <summary>The convolution and what follows by our own kernel, if that is the chosen way and the tensors lie as it needs.</summary>
    /// <param name="input">The input.</param>
    /// <param name="tail">What follows.</param>
    /// <param name="addend">What is added; 0 for nothing.</param>
    /// <param name="rows">Which of the input's rows; empty for all.</param>
    /// <param name="pool">Where the result comes from; null for a new tensor.</param>
    /// <returns>A tensor, or 0.</returns>
    public unsafe nint TryRunDirect(nint input, LayerTail? tail, nint addend, ReadOnlySpan<long> rows = default, TensorPool? pool = null)
    {
        if (!ReferenceEquals(tail, this.tail) || direct is null) return 0;
        long count = rows.IsEmpty ? LibTorchSharp.Size(input, 0) : rows.Length;
        return WayOf(count) == ConvolutionWay.Direct ? direct.TryRun(input, addend, rows, pool) : 0;
    }

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

        if (!Takes(ConvolutionWay.Direct))
        {
            direct?.Dispose();
            direct = null;
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
        Trial[] trials = Trials(shape, isFirst);
        Tensor expected = Run(trials[0]);
        double[] shortest = [.. trials.Select(trial => Matches(trial, expected) ? double.PositiveInfinity : double.NaN)];
        long start = Stopwatch.GetTimestamp();
        for (int round = 0; FreezeMeasurement.GoesOn(round, start); round++)
        {
            double best = shortest.Where(time => !double.IsNaN(time)).Min();
            foreach (Trial trial in trials)
            {
                if (!FreezeMeasurement.MayWin(shortest[(int)trial.Way], best)) continue;
                shortest[(int)trial.Way] = Math.Min(shortest[(int)trial.Way], FreezeMeasurement.Time(() => Call(trial)));
            }
        }

        return new ConvolutionTiming((int)shape[0], shortest[0], shortest[1], shortest[2], shortest[3], ConvolutionWay.Ordinary);
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
        direct?.Dispose();
        packed?.Dispose();
        channelsLast?.Dispose();
    }

    private ConvolutionWay WayOf(long rows) => rows == 1 ? oneRow : batch;

    private bool Takes(ConvolutionWay way) => oneRow == way || batch == way;

    // The same tensor with the values of a place side by side: TorchSharp has no name for that layout.
    private static Tensor ChannelsLast(Tensor channelsFirst) => channelsFirst.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);

    private ConvolutionTiming Confirm(ConvolutionTiming earlier, long[] shape, bool isFirst)
    {
        if (earlier.Way == ConvolutionWay.Ordinary) return earlier;
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Trial[] trials = Trials(shape, isFirst);
        return Matches(trials[(int)earlier.Way], Run(trials[0])) ? earlier : earlier with { Way = ConvolutionWay.Ordinary };
    }

    /// <summary>Each way with an input and an addend in its layout, of the surrounding scope.</summary>
    private Trial[] Trials(long[] shape, bool isFirst)
    {
        Tensor map = FreezeMeasurement.Input(shape);
        TensorSlot first = Lend(map);
        TensorSlot last = Lend(isFirst ? map : ChannelsLast(map));
        TensorSlot? firstAddend = null;
        TensorSlot? lastAddend = null;
        if (tail is { Adds: true })
        {
            Use(ConvolutionWay.Ordinary);
            Tensor result = Tensor.UnsafeCreateTensor(EarlyExitTorchPipeline.Conv2d(first, Layer, stride, padding, dilation, groups).Handle);
            Tensor addend = FreezeMeasurement.Input(result.shape);
            (firstAddend, lastAddend) = (Lend(addend), Lend(ChannelsLast(addend)));
        }

        return
        [
            new(ConvolutionWay.Ordinary, first, firstAddend),
            new(ConvolutionWay.ChannelsLast, last, lastAddend),
            new(ConvolutionWay.Packed, last, lastAddend),
            new(ConvolutionWay.Direct, last, lastAddend),
        ];
    }

    private static TensorSlot Lend(Tensor tensor)
    {
        TensorSlot slot = new();
        slot.Borrow(tensor.Handle);
        return slot;
    }

    private bool Matches(Trial trial, Tensor expected) =>
        (trial.Way != ConvolutionWay.Packed || packed is not null)
        && (trial.Way != ConvolutionWay.Direct || direct is not null)
        && FreezeMeasurement.Matches(Run(trial), expected);

    private Tensor Run(Trial trial) => Tensor.UnsafeCreateTensor(Call(trial).Handle);

    private NewTensor Call(Trial trial)
    {
        Use(trial.Way);
        return EarlyExitTorchPipeline.Conv2d(trial.Input, Layer, stride, padding, dilation, groups, tail, trial.Addend);
    }

    private readonly record struct Trial(ConvolutionWay Way, TensorSlot Input, TensorSlot? Addend);
}
