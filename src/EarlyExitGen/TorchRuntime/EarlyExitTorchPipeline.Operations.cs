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

    /// <summary>Pads the last dimensions, from the last one on, two numbers each, with what <paramref name="mode"/> says.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Pad(TensorSlot input, ReadOnlySpan<long> padding, PaddingModes mode)
    {
        fixed (long* p = padding)
        {
            return new(NativeError.Check(LibTorchSharp.Pad(input.Handle, p, padding.Length, (sbyte)mode, 0)));
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
        bool ceilMode) => new(MapPooling.Run(input.Gathered, kernel, stride, padding, dilation, ceilMode));

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
        nint own = MapPooling.TryAverage(input.Gathered, kernel, stride, padding, ceilMode, countIncludePad, divisor, input.Pool);
        if (own != 0) return new(own, input.Pool);
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
