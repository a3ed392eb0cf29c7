using System.ComponentModel;

namespace EarlyExitGen.TorchRuntime;

/// <content>Activations in pieces of straight lines, and what they need little more than arithmetic for.</content>
public abstract unsafe partial class EarlyExitTorchPipeline
{
    /// <summary>min(max(x, minimum), maximum).</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Hardtanh(TensorSlot input, double minimum, double maximum) =>
        WithScalars(LibTorchSharp.Hardtanh, input, minimum, maximum);

    /// <inheritdoc cref="Hardtanh"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static void HardtanhInPlace(TensorSlot slot, double minimum, double maximum) =>
        OverwriteWithScalars(LibTorchSharp.HardtanhInPlace, slot, minimum, maximum);

    /// <summary>x where x is above the threshold, the value elsewhere.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Threshold(TensorSlot input, double threshold, double value) =>
        WithScalars(LibTorchSharp.Threshold, input, threshold, value);

    /// <inheritdoc cref="Threshold"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static void ThresholdInPlace(TensorSlot slot, double threshold, double value) =>
        OverwriteWithScalars(LibTorchSharp.ThresholdInPlace, slot, threshold, value);

    /// <summary>x, and 0 where |x| ≤ bound.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Hardshrink(TensorSlot input, double bound) =>
        WithScalar(LibTorchSharp.Hardshrink, input, bound);

    /// <summary>x moved towards 0 by the bound, and 0 where |x| ≤ bound.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Softshrink(TensorSlot input, double bound) =>
        WithScalar(LibTorchSharp.Softshrink, input, bound);

    /// <summary>x / (1 + |x|).</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Softsign(TensorSlot input)
    {
        nint other = OnePlusMagnitude(input);
        nint result = LibTorchSharp.Divide(input.Handle, other, null);
        LibTorchSharp.Dispose(other);
        return new(NativeError.Check(result));
    }

    /// <inheritdoc cref="Softsign"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static void SoftsignInPlace(TensorSlot slot)
    {
        nint other = OnePlusMagnitude(slot);
        LibTorchSharp.DivideInPlace(slot.Handle, other, null);
        LibTorchSharp.Dispose(other);
        NativeError.ThrowIfAny();
    }

    /// <summary>x − tanh(x).</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Tanhshrink(TensorSlot input)
    {
        nint other = Tanh(input).Handle;
        nint result = LibTorchSharp.Subtract(input.Handle, other);
        LibTorchSharp.Dispose(other);
        return new(NativeError.Check(result));
    }

    /// <inheritdoc cref="Tanhshrink"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static void TanhshrinkInPlace(TensorSlot slot)
    {
        nint other = Tanh(slot).Handle;
        LibTorchSharp.SubtractInPlace(slot.Handle, other);
        LibTorchSharp.Dispose(other);
        NativeError.ThrowIfAny();
    }

    /// <summary>x where x is positive, elsewhere x times the layer's one weight or its channel's.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor PReLU(TensorSlot input, FrozenLayer layer) =>
        new(NativeError.Check(LibTorchSharp.PReLU(input.Handle, layer.Weight)));

    private static nint OnePlusMagnitude(TensorSlot input)
    {
        nint magnitude = NativeError.Check(LibTorchSharp.Abs(input.Handle));
        LibTorchSharp.AddScalarInPlace(magnitude, One, One);
        return magnitude;
    }
}
