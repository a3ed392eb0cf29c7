using System.ComponentModel;

namespace EarlyExitGen.TorchRuntime;

/// <content>
/// Functions of each element by itself that are no activations. Each comes twice: into a new tensor, and over its input where the compiler
/// proved that nobody else reads it. NaN stays NaN.
/// </content>
public abstract unsafe partial class EarlyExitTorchPipeline
{
    /// <summary>exp(x).</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Exp(TensorSlot input) => new(NativeError.Check(LibTorchSharp.Exp(input.Handle)));

    /// <inheritdoc cref="Exp"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static void ExpInPlace(TensorSlot slot)
    {
        LibTorchSharp.ExpInPlace(slot.Handle);
        NativeError.ThrowIfAny();
    }

    /// <summary>The natural logarithm; NaN of what is negative.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Log(TensorSlot input) => new(NativeError.Check(LibTorchSharp.Log(input.Handle)));

    /// <inheritdoc cref="Log"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static void LogInPlace(TensorSlot slot)
    {
        LibTorchSharp.LogInPlace(slot.Handle);
        NativeError.ThrowIfAny();
    }

    /// <summary>√x; NaN of what is negative.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Sqrt(TensorSlot input) => new(NativeError.Check(LibTorchSharp.Sqrt(input.Handle)));

    /// <inheritdoc cref="Sqrt"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static void SqrtInPlace(TensorSlot slot)
    {
        LibTorchSharp.SqrtInPlace(slot.Handle);
        NativeError.ThrowIfAny();
    }

    /// <summary>1 / √x; NaN of what is negative.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Rsqrt(TensorSlot input) => new(NativeError.Check(LibTorchSharp.Rsqrt(input.Handle)));

    /// <inheritdoc cref="Rsqrt"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static void RsqrtInPlace(TensorSlot slot)
    {
        LibTorchSharp.RsqrtInPlace(slot.Handle);
        NativeError.ThrowIfAny();
    }

    /// <summary>1 / x.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Reciprocal(TensorSlot input) => new(NativeError.Check(LibTorchSharp.Reciprocal(input.Handle)));

    /// <inheritdoc cref="Reciprocal"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static void ReciprocalInPlace(TensorSlot slot)
    {
        LibTorchSharp.ReciprocalInPlace(slot.Handle);
        NativeError.ThrowIfAny();
    }

    /// <summary>|x|.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Abs(TensorSlot input) => new(NativeError.Check(LibTorchSharp.Abs(input.Handle)));

    /// <inheritdoc cref="Abs"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static void AbsInPlace(TensorSlot slot)
    {
        LibTorchSharp.AbsInPlace(slot.Handle);
        NativeError.ThrowIfAny();
    }

    /// <summary>x to a power.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Power(TensorSlot input, double exponent) => WithScalar(LibTorchSharp.Power, input, exponent);

    /// <inheritdoc cref="Power"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static void PowerInPlace(TensorSlot slot, double exponent) =>
        OverwriteWithScalar(LibTorchSharp.PowerInPlace, slot, exponent);

    /// <summary>min(max(x, minimum), maximum); a bound that is infinite bounds nothing.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Clamp(TensorSlot input, double minimum, double maximum) =>
        WithScalars(LibTorchSharp.Clamp, input, minimum, maximum);

    /// <inheritdoc cref="Clamp"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static void ClampInPlace(TensorSlot slot, double minimum, double maximum) =>
        OverwriteWithScalars(LibTorchSharp.ClampInPlace, slot, minimum, maximum);
}
