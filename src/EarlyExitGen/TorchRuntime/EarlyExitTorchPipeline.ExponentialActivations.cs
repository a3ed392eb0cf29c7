using System.ComponentModel;

namespace EarlyExitGen.TorchRuntime;

/// <content>Activations with an exponential and a shape of their own.</content>
public abstract unsafe partial class EarlyExitTorchPipeline
{
    /// <summary>x where x is positive, α · (exp(x) − 1) elsewhere.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor ELU(TensorSlot input, double alpha)
    {
        nint scalar = LibTorchSharp.NewScalar(alpha);
        nint result = LibTorchSharp.ELU(input.Handle, scalar, One, One);
        LibTorchSharp.DisposeScalar(scalar);
        return new(NativeError.Check(result));
    }

    /// <inheritdoc cref="ELU"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static void ELUInPlace(TensorSlot slot, double alpha)
    {
        nint scalar = LibTorchSharp.NewScalar(alpha);
        LibTorchSharp.ELUInPlace(slot.Handle, scalar, One, One);
        LibTorchSharp.DisposeScalar(scalar);
        NativeError.ThrowIfAny();
    }

    /// <summary>ELU with α = 1.6733, times 1.0507.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor SELU(TensorSlot input) => new(NativeError.Check(LibTorchSharp.SELU(input.Handle)));

    /// <inheritdoc cref="SELU"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static void SELUInPlace(TensorSlot slot)
    {
        LibTorchSharp.SELUInPlace(slot.Handle);
        NativeError.ThrowIfAny();
    }

    /// <summary>x where x is positive, α · (exp(x / α) − 1) elsewhere.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor CELU(TensorSlot input, double alpha) =>
        WithScalar(LibTorchSharp.CELU, input, alpha);

    /// <inheritdoc cref="CELU"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static void CELUInPlace(TensorSlot slot, double alpha) =>
        OverwriteWithScalar(LibTorchSharp.CELUInPlace, slot, alpha);

    /// <summary>log(1 + exp(β · x)) / β, and x itself where β · x is above the threshold.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Softplus(TensorSlot input, double beta, double threshold) =>
        WithScalars(LibTorchSharp.Softplus, input, beta, threshold);

    /// <summary>The logarithm of 1 / (1 + exp(−x)).</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor LogSigmoid(TensorSlot input) => new(NativeError.Check(LibTorchSharp.LogSigmoid(input.Handle)));

    /// <summary>x · tanh(log(1 + exp(x))).</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Mish(TensorSlot input)
    {
        nint gate = MishGate(input);
        nint result = LibTorchSharp.Multiply(input.Handle, gate);
        LibTorchSharp.Dispose(gate);
        return new(NativeError.Check(result));
    }

    /// <inheritdoc cref="Mish"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static void MishInPlace(TensorSlot slot)
    {
        nint gate = MishGate(slot);
        LibTorchSharp.MultiplyInPlace(slot.Handle, gate);
        LibTorchSharp.Dispose(gate);
        NativeError.ThrowIfAny();
    }

    private static nint MishGate(TensorSlot input)
    {
        nint gate = Softplus(input, beta: 1, threshold: 20).Handle;
        LibTorchSharp.TanhInPlace(gate);
        return gate;
    }
}
