namespace EarlyExitGen.TorchRuntime;

/// <summary>
/// A convolution over [N, C, H, W] whose weight is laid out for libtorch's own CPU kernels (oneDNN) once.
/// </summary>
/// <remarks>
/// Those kernels could apply an activation on the way, but their ReLU makes 0 of NaN, which then nobody would notice.
/// Owns the packed weight. Calls may come from several threads; <see cref="Dispose"/> only after the last. Where libtorch lacks what this
/// needs, <see cref="TryCreate"/> gives null.
/// </remarks>
internal sealed unsafe class PackedConvolution : IDisposable
{
    // What the shim's arguments mean is fixed for a version of libtorch: this is 2.10.
    private const ulong ShimVersion = 0x020a_0000_0000_0000;

    private nint weight;

    private PackedConvolution(nint weight) => this.weight = weight;

    /// <param name="weight">[out, in / groups, kernel, kernel], float32, on the CPU.</param>
    /// <param name="stride">Rows, columns.</param>
    /// <param name="padding">Rows, columns; with zeros, on both sides.</param>
    /// <param name="dilation">Rows, columns.</param>
    /// <param name="groups">Into how many groups the channels are split.</param>
    public static PackedConvolution? TryCreate(
        nint weight, ReadOnlySpan<long> stride, ReadOnlySpan<long> padding, ReadOnlySpan<long> dilation, long groups)
    {
        if (StableShim.ConvolutionPointwise == null || StableShim.DispatchOfVersion == null || StableShim.NewHandle == null) return null;
        if (StableShim.NewList == null || StableShim.PushBack == null) return null;
        nint owned;
        if (StableShim.NewHandle(weight, &owned) != 0) return null;

        // The dispatcher takes ownership of the handle and of the lists. The size of the input, which is optional, is not given.
        ulong* stack = stackalloc ulong[] { (ulong)owned, ListOf(padding), ListOf(stride), ListOf(dilation), (ulong)groups, 0 };
        fixed (byte* name = "mkldnn::_reorder_convolution_weight\0"u8, overload = "\0"u8)
        {
            return StableShim.DispatchOfVersion(name, overload, stack, ShimVersion) == 0 ? new PackedConvolution((nint)stack[0]) : null;
        }
    }

    /// <summary>A new tensor, or 0 when libtorch refuses.</summary>
    public nint Run(
        nint input, nint bias, ReadOnlySpan<long> stride, ReadOnlySpan<long> padding, ReadOnlySpan<long> dilation, long groups)
    {
        nint result;
        fixed (long* s = stride, p = padding, d = dilation)
        fixed (byte* activation = "none\0"u8)
        {
            int failed = StableShim.ConvolutionPointwise(
                input, weight, bias == 0 ? null : &bias, p, padding.Length, s, stride.Length, d, dilation.Length, groups,
                activation, null, 0, null, &result);
            return failed == 0 ? result : 0;
        }
    }

    public void Dispose()
    {
        if (weight != 0) LibTorchSharp.Dispose(weight);
        weight = 0;
    }

    private static ulong ListOf(ReadOnlySpan<long> values)
    {
        nint list;
        if (StableShim.NewList((nuint)values.Length, &list) != 0) throw new InvalidOperationException("libtorch can't make a list.");
        foreach (long value in values)
        {
            if (StableShim.PushBack(list, (ulong)value) != 0) throw new InvalidOperationException("libtorch can't fill a list.");
        }

        return (ulong)list;
    }
}
