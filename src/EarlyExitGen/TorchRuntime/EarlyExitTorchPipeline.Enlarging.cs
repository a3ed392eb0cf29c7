using System.ComponentModel;
using static TorchSharp.torch;

namespace EarlyExitGen.TorchRuntime;

/// <content>The operations that make maps larger.</content>
public abstract unsafe partial class EarlyExitTorchPipeline
{
    /// <summary>Transposed convolution over [N, C, L].</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor ConvTranspose1d(
        TensorSlot input,
        FrozenLayer layer,
        ReadOnlySpan<long> stride,
        ReadOnlySpan<long> padding,
        ReadOnlySpan<long> outputPadding,
        ReadOnlySpan<long> dilation,
        long groups)
    {
        fixed (long* s = stride, p = padding, o = outputPadding, d = dilation)
        {
            return new(NativeError.Check(LibTorchSharp.ConvTranspose1d(
                input.Handle, layer.Weight, layer.Bias, s, stride.Length, p, padding.Length, o, outputPadding.Length, d, dilation.Length, groups)));
        }
    }

    /// <summary>Transposed convolution over [N, C, H, W].</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor ConvTranspose2d(
        TensorSlot input,
        FrozenLayer layer,
        ReadOnlySpan<long> stride,
        ReadOnlySpan<long> padding,
        ReadOnlySpan<long> outputPadding,
        ReadOnlySpan<long> dilation,
        long groups)
    {
        fixed (long* s = stride, p = padding, o = outputPadding, d = dilation)
        {
            return new(NativeError.Check(LibTorchSharp.ConvTranspose2d(
                input.Handle, layer.Weight, layer.Bias, s, stride.Length, p, padding.Length, o, outputPadding.Length, d, dilation.Length, groups)));
        }
    }

    /// <summary>Maps of another size, by a size or by a scale: one of them is empty.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Upsample(
        TensorSlot input, ReadOnlySpan<long> size, ReadOnlySpan<double> scale, InterpolationMode mode, bool? alignCorners)
    {
        byte align = alignCorners switch { null => 0, true => 1, false => 2 };
        fixed (long* s = size)
        {
            fixed (double* f = scale)
            {
                return new(NativeError.Check(LibTorchSharp.Interpolate(
                    input.Handle, s, size.Length, f, scale.Length, (byte)mode, align, 0, 0)));
            }
        }
    }
}
