using System.ComponentModel;
using TorchSharp;

namespace EarlyExitGen.TorchRuntime;

/// <content>Convolutions.</content>
public abstract unsafe partial class EarlyExitTorchPipeline
{
    /// <summary>Convolution over [N, C, L] with zero padding.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Conv1d(
        TensorSlot input,
        FrozenLayer layer,
        ReadOnlySpan<long> stride,
        ReadOnlySpan<long> padding,
        ReadOnlySpan<long> dilation,
        long groups)
    {
        fixed (long* s = stride, p = padding, d = dilation)
        {
            return new(NativeError.Check(LibTorchSharp.Conv1d(
                input.Handle, layer.Weight, layer.Bias, s, stride.Length, p, padding.Length, d, dilation.Length, groups)));
        }
    }

    /// <summary>Convolution over [N, C, H, W] with zero padding and what follows it, the way that its layer goes.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Conv2d(
        TensorSlot input,
        FrozenLayer layer,
        ReadOnlySpan<long> stride,
        ReadOnlySpan<long> padding,
        ReadOnlySpan<long> dilation,
        long groups,
        LayerTail? tail = null,
        TensorSlot? addend = null)
    {
        nint added = addend?.Gathered ?? 0;
        nint direct = layer.Convolution?.TryRunDirect(input.Stored, tail, added, input.Selection, input.Pool) ?? 0;
        return direct != 0 ? new(direct, input.Pool) : Followed(Conv2dByLibTorch(input, layer, stride, padding, dilation, groups), tail, added);
    }

    private static NewTensor Conv2dByLibTorch(
        TensorSlot input,
        FrozenLayer layer,
        ReadOnlySpan<long> stride,
        ReadOnlySpan<long> padding,
        ReadOnlySpan<long> dilation,
        long groups)
    {
        nint weight = layer.Weight;
        if (layer.Convolution is { } convolution)
        {
            switch (convolution.WayOf(input.Handle))
            {
                case ConvolutionWay.Packed when convolution.Packed is { } packed:
                    nint result = packed.Run(input.Handle, layer.Bias, stride, padding, dilation, groups);
                    if (result != 0) return new(result);

                    // What is wrong, the ordinary way says.
                    break;
                case ConvolutionWay.ChannelsLast when convolution.ChannelsLastWeight is { } channelsLast:
                    weight = channelsLast;
                    break;
                default:
                    break;
            }
        }

        fixed (long* s = stride, p = padding, d = dilation)
        {
            return new(NativeError.Check(LibTorchSharp.Conv2d(
                input.Handle, weight, layer.Bias, s, stride.Length, p, padding.Length, d, dilation.Length, groups)));
        }
    }

    private static NewTensor Followed(NewTensor result, LayerTail? tail, nint addend) => tail is null ? result : tail.Apply(result, addend);

    /// <summary>Convolution over [N, C, L], padded with zeros to keep the map's size.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Conv1dSame(
        TensorSlot input, FrozenLayer layer, ReadOnlySpan<long> stride, ReadOnlySpan<long> dilation, long groups)
    {
        const int same = (int)Padding.Same;
        fixed (long* s = stride, d = dilation)
        {
            return new(NativeError.Check(LibTorchSharp.Conv1dSame(
                input.Handle, layer.Weight, layer.Bias, s, stride.Length, same, d, dilation.Length, groups)));
        }
    }

    /// <summary>Convolution over [N, C, H, W], padded with zeros to keep the map's size.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Conv2dSame(
        TensorSlot input, FrozenLayer layer, ReadOnlySpan<long> stride, ReadOnlySpan<long> dilation, long groups)
    {
        const int same = (int)Padding.Same;
        fixed (long* s = stride, d = dilation)
        {
            return new(NativeError.Check(LibTorchSharp.Conv2dSame(
                input.Handle, layer.Weight, layer.Bias, s, stride.Length, same, d, dilation.Length, groups)));
        }
    }
}
