using System.ComponentModel;

namespace EarlyExitGen.TorchRuntime;

/// <content>The activations. Each comes twice: into a new tensor, and over its input where the compiler proved that nobody else reads it.</content>
public abstract unsafe partial class EarlyExitTorchPipeline
{
    private static ReadOnlySpan<byte> GeluExact => "none\0"u8;

    private static ReadOnlySpan<byte> GeluTanhApproximation => "tanh\0"u8;

    /// <summary>max(x, 0).</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor ReLU(TensorSlot input) => new(NativeError.Check(LibTorchSharp.ReLU(input.Handle)));

    /// <inheritdoc cref="ReLU"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static void ReLUInPlace(TensorSlot slot)
    {
        LibTorchSharp.ReLUInPlace(slot.Handle);
        NativeError.ThrowIfAny();
    }

    /// <summary>min(max(x, 0), 6).</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor ReLU6(TensorSlot input) => new(NativeError.Check(LibTorchSharp.ReLU6(input.Handle)));

    /// <inheritdoc cref="ReLU6"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static void ReLU6InPlace(TensorSlot slot)
    {
        LibTorchSharp.ReLU6InPlace(slot.Handle);
        NativeError.ThrowIfAny();
    }

    /// <summary>x · sigmoid(x).</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor SiLU(TensorSlot input) => new(NativeError.Check(LibTorchSharp.SiLU(input.Handle)));

    /// <inheritdoc cref="SiLU"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static void SiLUInPlace(TensorSlot slot)
    {
        LibTorchSharp.SiLUInPlace(slot.Handle);
        NativeError.ThrowIfAny();
    }

    /// <summary>x · min(max(x + 3, 0), 6) / 6.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Hardswish(TensorSlot input) => new(NativeError.Check(LibTorchSharp.Hardswish(input.Handle)));

    /// <inheritdoc cref="Hardswish"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static void HardswishInPlace(TensorSlot slot)
    {
        LibTorchSharp.HardswishInPlace(slot.Handle);
        NativeError.ThrowIfAny();
    }

    /// <summary>min(max(x + 3, 0), 6) / 6.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Hardsigmoid(TensorSlot input) => new(NativeError.Check(LibTorchSharp.Hardsigmoid(input.Handle)));

    /// <inheritdoc cref="Hardsigmoid"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static void HardsigmoidInPlace(TensorSlot slot)
    {
        LibTorchSharp.HardsigmoidInPlace(slot.Handle);
        NativeError.ThrowIfAny();
    }

    /// <summary>1 / (1 + exp(−x)).</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Sigmoid(TensorSlot input) => new(NativeError.Check(LibTorchSharp.Sigmoid(input.Handle)));

    /// <inheritdoc cref="Sigmoid"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static void SigmoidInPlace(TensorSlot slot)
    {
        LibTorchSharp.SigmoidInPlace(slot.Handle);
        NativeError.ThrowIfAny();
    }

    /// <summary>Hyperbolic tangent.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Tanh(TensorSlot input) => new(NativeError.Check(LibTorchSharp.Tanh(input.Handle)));

    /// <inheritdoc cref="Tanh"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static void TanhInPlace(TensorSlot slot)
    {
        LibTorchSharp.TanhInPlace(slot.Handle);
        NativeError.ThrowIfAny();
    }

    /// <summary>x where x is positive, slope · x elsewhere.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor LeakyReLU(TensorSlot input, double slope) =>
        WithScalar(LibTorchSharp.LeakyReLU, input, slope);

    /// <inheritdoc cref="LeakyReLU"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static void LeakyReLUInPlace(TensorSlot slot, double slope) =>
        OverwriteWithScalar(LibTorchSharp.LeakyReLUInPlace, slot, slope);

    /// <summary>x · Φ(x) with the normal distribution's Φ.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor GELU(TensorSlot input) => Gelu(input, GeluExact);

    /// <inheritdoc cref="GELU"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static void GELUInPlace(TensorSlot slot) => GeluInPlace(slot, GeluExact);

    /// <summary>GELU by its tanh approximation.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor GELUTanh(TensorSlot input) => Gelu(input, GeluTanhApproximation);

    /// <inheritdoc cref="GELUTanh"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static void GELUTanhInPlace(TensorSlot slot) => GeluInPlace(slot, GeluTanhApproximation);

    private static NewTensor Gelu(TensorSlot input, ReadOnlySpan<byte> approximation)
    {
        fixed (byte* text = approximation) return new(NativeError.Check(LibTorchSharp.Gelu(input.Handle, text)));
    }

    private static void GeluInPlace(TensorSlot slot, ReadOnlySpan<byte> approximation)
    {
        fixed (byte* text = approximation) LibTorchSharp.Dispose(NativeError.Check(LibTorchSharp.GeluInPlace(slot.Handle, text)));
    }
}
