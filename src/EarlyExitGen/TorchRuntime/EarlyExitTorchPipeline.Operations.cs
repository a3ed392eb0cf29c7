using System.ComponentModel;
using TorchSharp;

namespace EarlyExitGen.TorchRuntime;

/// <content>
/// The operations that generated code writes. Each reads a slot and gives a new tensor for a slot to take, or overwrites its slot; none
/// allocates managed memory. They throw what libtorch says when it refuses.
/// </content>
public abstract unsafe partial class EarlyExitTorchPipeline
{
    /// <summary>Another handle of the same tensor.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Alias(TensorSlot input) => new(NativeError.Check(LibTorchSharp.Alias(input.Handle)));

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

    /// <summary>Convolution over [N, C, H, W] with zero padding, the way that its layer goes.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Conv2d(
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

    /// <summary>Pads the last dimensions, from the last one on, two numbers each, with what <paramref name="mode"/> says.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Pad(TensorSlot input, ReadOnlySpan<long> padding, PaddingModes mode)
    {
        fixed (long* p = padding)
        {
            return new(NativeError.Check(LibTorchSharp.Pad(input.Handle, p, padding.Length, (sbyte)mode, 0)));
        }
    }

    /// <summary>Fully connected layer over the last dimension, the way that it goes.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Linear(TensorSlot input, FrozenLayer layer)
    {
        nint result = layer.Linear is { } linear ? linear.TryRun(input.Handle) : 0;
        return new(result != 0 ? result : NativeError.Check(LibTorchSharp.Linear(input.Handle, layer.Weight, layer.Bias)));
    }

    /// <summary>A map's elements in a row, and a fully connected layer over them, without a copy where the channels lie last.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor FlattenLinear(TensorSlot input, FrozenLayer layer)
    {
        nint map = input.Handle;
        FrozenLinear? own = layer.Linear is { } linear && linear.PacksFor(map) ? linear : null;
        bool readsFromLast = own is null && layer.OverChannelsLast != 0 && MayHaveChannelsLast(map);
        nint flat = readsFromLast ? FlattenFromLast(map) : NativeError.Check(LibTorchSharp.Flatten(map, 1, -1));
        try
        {
            nint result = own?.TryRun(flat) ?? 0;
            nint weight = readsFromLast ? layer.OverChannelsLast : layer.Weight;
            return new(result != 0 ? result : NativeError.Check(LibTorchSharp.Linear(flat, weight, layer.Bias)));
        }
        finally
        {
            LibTorchSharp.Dispose(flat);
        }
    }

    /// <summary>Whether a tensor is maps that don't lie channel by channel.</summary>
    private static bool MayHaveChannelsLast(nint tensor) =>
        LibTorchSharp.Dimensions(tensor) == 4 && LibTorchSharp.IsContiguous(tensor) == 0;

    // A view where the channels do lie last, and a copy in the same order where they don't.
    private static nint FlattenFromLast(nint map)
    {
        long* order = stackalloc long[] { 0, 2, 3, 1 };
        nint permuted = NativeError.Check(LibTorchSharp.Permute(map, order, 4));
        try
        {
            return NativeError.Check(LibTorchSharp.Flatten(permuted, 1, -1));
        }
        finally
        {
            LibTorchSharp.Dispose(permuted);
        }
    }

    /// <summary>Batch normalisation by the running statistics.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor BatchNorm(TensorSlot input, FrozenNorm norm, double epsilon) =>
        new(NativeError.Check(LibTorchSharp.BatchNorm(
            input.Handle, norm.Mean, norm.Variance, norm.Weight, norm.Bias, 0, 0, epsilon)));

    /// <summary>Layer normalisation over the last dimensions.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor LayerNorm(TensorSlot input, FrozenLayer layer, ReadOnlySpan<long> shape, double epsilon)
    {
        fixed (long* s = shape)
        {
            return new(NativeError.Check(LibTorchSharp.LayerNorm(
                input.Handle, s, shape.Length, layer.Weight, layer.Bias, epsilon)));
        }
    }

    /// <summary>Group normalisation.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor GroupNorm(TensorSlot input, FrozenLayer layer, long groups, double epsilon)
    {
        if (LibTorchSharp.IsContiguous(input.Handle) != 0)
        {
            return new(NativeError.Check(LibTorchSharp.GroupNorm(input.Handle, groups, layer.Weight, layer.Bias, epsilon)));
        }

        // With the channels last, libtorch takes the variance as a difference of large sums, and loses digits where the map hardly varies.
        nint contiguous = NativeError.Check(LibTorchSharp.Contiguous(input.Handle));
        try
        {
            return new(NativeError.Check(LibTorchSharp.GroupNorm(contiguous, groups, layer.Weight, layer.Bias, epsilon)));
        }
        finally
        {
            LibTorchSharp.Dispose(contiguous);
        }
    }

    /// <summary>Max pooling over [N, C, L].</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor MaxPool1d(
        TensorSlot input,
        ReadOnlySpan<long> kernel,
        ReadOnlySpan<long> stride,
        ReadOnlySpan<long> padding,
        ReadOnlySpan<long> dilation,
        bool ceilMode)
    {
        fixed (long* k = kernel, s = stride, p = padding, d = dilation)
        {
            return new(NativeError.Check(LibTorchSharp.MaxPool1d(
                input.Handle, k, kernel.Length, s, stride.Length, p, padding.Length, d, dilation.Length, Byte(ceilMode))));
        }
    }

    /// <summary>Max pooling over [N, C, H, W].</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor MaxPool2d(
        TensorSlot input,
        ReadOnlySpan<long> kernel,
        ReadOnlySpan<long> stride,
        ReadOnlySpan<long> padding,
        ReadOnlySpan<long> dilation,
        bool ceilMode)
    {
        nint result = MapPooling.TryRun(input.Handle, kernel, stride, padding, dilation, ceilMode);
        return result != 0 ? new(result) : MaxPool2dByLibTorch(input, kernel, stride, padding, dilation, ceilMode);
    }

    internal static NewTensor MaxPool2dByLibTorch(
        TensorSlot input,
        ReadOnlySpan<long> kernel,
        ReadOnlySpan<long> stride,
        ReadOnlySpan<long> padding,
        ReadOnlySpan<long> dilation,
        bool ceilMode)
    {
        fixed (long* k = kernel, s = stride, p = padding, d = dilation)
        {
            return new(NativeError.Check(LibTorchSharp.MaxPool2d(
                input.Handle, k, kernel.Length, s, stride.Length, p, padding.Length, d, dilation.Length, Byte(ceilMode))));
        }
    }

    /// <summary>Average pooling over [N, C, L].</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor AvgPool1d(
        TensorSlot input,
        ReadOnlySpan<long> kernel,
        ReadOnlySpan<long> stride,
        ReadOnlySpan<long> padding,
        bool ceilMode,
        bool countIncludePad)
    {
        fixed (long* k = kernel, s = stride, p = padding)
        {
            return new(NativeError.Check(LibTorchSharp.AvgPool1d(
                input.Handle, k, kernel.Length, s, stride.Length, p, padding.Length, Byte(ceilMode), Byte(countIncludePad))));
        }
    }

    /// <summary>Average pooling over [N, C, H, W]; a <paramref name="divisor"/> of 0 stands for the window's size.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor AvgPool2d(
        TensorSlot input,
        ReadOnlySpan<long> kernel,
        ReadOnlySpan<long> stride,
        ReadOnlySpan<long> padding,
        bool ceilMode,
        bool countIncludePad,
        long divisor)
    {
        fixed (long* k = kernel, s = stride, p = padding)
        {
            return new(NativeError.Check(LibTorchSharp.AvgPool2d(
                input.Handle, k, kernel.Length, s, stride.Length, p, padding.Length, Byte(ceilMode), Byte(countIncludePad), divisor)));
        }
    }

    /// <summary>Average pooling over [N, C, L] to a given length.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor AdaptiveAvgPool1d(TensorSlot input, ReadOnlySpan<long> output)
    {
        fixed (long* o = output)
        {
            return new(NativeError.Check(LibTorchSharp.AdaptiveAvgPool1d(input.Handle, o, output.Length)));
        }
    }

    /// <summary>Average pooling over [N, C, H, W] to a given size.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor AdaptiveAvgPool2d(TensorSlot input, ReadOnlySpan<long> output)
    {
        fixed (long* o = output)
        {
            return new(NativeError.Check(LibTorchSharp.AdaptiveAvgPool2d(input.Handle, o, output.Length)));
        }
    }

    /// <summary>Joins dimensions; a view where the layout allows.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Flatten(TensorSlot input, long start, long end) =>
        new(NativeError.Check(LibTorchSharp.Flatten(input.Handle, start, end)));

    private static byte Byte(bool value) => value ? (byte)1 : (byte)0;
}
