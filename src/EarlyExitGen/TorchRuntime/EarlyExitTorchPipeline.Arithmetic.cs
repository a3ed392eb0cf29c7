using System.ComponentModel;

namespace EarlyExitGen.TorchRuntime;

/// <content>
/// Arithmetic between tensors, and between a tensor and a number. Each comes twice: into a new tensor, and over its first operand where
/// the compiler proved that nobody else reads it.
/// </content>
public abstract unsafe partial class EarlyExitTorchPipeline
{
    // Additions multiply their right operand with a scalar. Never released: it lives as long as the process.
    internal static readonly nint One = LibTorchSharp.NewScalar(1);

    /// <summary>left + right.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Add(TensorSlot left, TensorSlot right) =>
        new(NativeError.Check(LibTorchSharp.Add(left.Handle, right.Handle, One)));

    /// <inheritdoc cref="Add(TensorSlot, TensorSlot)"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static void AddInPlace(TensorSlot left, TensorSlot right)
    {
        LibTorchSharp.AddInPlace(left.Handle, right.Handle, One);
        NativeError.ThrowIfAny();
    }

    /// <summary>left − right.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Subtract(TensorSlot left, TensorSlot right) =>
        new(NativeError.Check(LibTorchSharp.Subtract(left.Handle, right.Handle)));

    /// <inheritdoc cref="Subtract(TensorSlot, TensorSlot)"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static void SubtractInPlace(TensorSlot left, TensorSlot right)
    {
        LibTorchSharp.SubtractInPlace(left.Handle, right.Handle);
        NativeError.ThrowIfAny();
    }

    /// <summary>left · right, element by element.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Multiply(TensorSlot left, TensorSlot right) =>
        new(NativeError.Check(LibTorchSharp.Multiply(left.Handle, right.Handle)));

    /// <inheritdoc cref="Multiply(TensorSlot, TensorSlot)"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static void MultiplyInPlace(TensorSlot left, TensorSlot right)
    {
        LibTorchSharp.MultiplyInPlace(left.Handle, right.Handle);
        NativeError.ThrowIfAny();
    }

    /// <summary>left ÷ right, element by element.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Divide(TensorSlot left, TensorSlot right) =>
        new(NativeError.Check(LibTorchSharp.Divide(left.Handle, right.Handle, null)));

    /// <inheritdoc cref="Divide(TensorSlot, TensorSlot)"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static void DivideInPlace(TensorSlot left, TensorSlot right)
    {
        LibTorchSharp.DivideInPlace(left.Handle, right.Handle, null);
        NativeError.ThrowIfAny();
    }

    /// <summary>value added to every element.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Add(TensorSlot input, double value)
    {
        nint scalar = LibTorchSharp.NewScalar(value);
        nint result = LibTorchSharp.AddScalar(input.Handle, scalar, One);
        LibTorchSharp.DisposeScalar(scalar);
        return new(NativeError.Check(result));
    }

    /// <inheritdoc cref="Add(TensorSlot, double)"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static void AddInPlace(TensorSlot slot, double value)
    {
        nint scalar = LibTorchSharp.NewScalar(value);
        LibTorchSharp.AddScalarInPlace(slot.Handle, scalar, One);
        LibTorchSharp.DisposeScalar(scalar);
        NativeError.ThrowIfAny();
    }

    /// <summary>value subtracted from every element.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Subtract(TensorSlot input, double value) =>
        WithScalar(LibTorchSharp.SubtractScalar, input, value);

    /// <inheritdoc cref="Subtract(TensorSlot, double)"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static void SubtractInPlace(TensorSlot slot, double value) =>
        OverwriteWithScalar(LibTorchSharp.SubtractScalarInPlace, slot, value);

    /// <summary>Every element multiplied by value.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Multiply(TensorSlot input, double value) =>
        WithScalar(LibTorchSharp.MultiplyScalar, input, value);

    /// <inheritdoc cref="Multiply(TensorSlot, double)"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static void MultiplyInPlace(TensorSlot slot, double value) =>
        OverwriteWithScalar(LibTorchSharp.MultiplyScalarInPlace, slot, value);

    /// <summary>Every element divided by value.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Divide(TensorSlot input, double value)
    {
        nint scalar = LibTorchSharp.NewScalar(value);
        nint result = LibTorchSharp.DivideScalar(input.Handle, scalar, null);
        LibTorchSharp.DisposeScalar(scalar);
        return new(NativeError.Check(result));
    }

    /// <inheritdoc cref="Divide(TensorSlot, double)"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static void DivideInPlace(TensorSlot slot, double value)
    {
        nint scalar = LibTorchSharp.NewScalar(value);
        LibTorchSharp.DivideScalarInPlace(slot.Handle, scalar, null);
        LibTorchSharp.DisposeScalar(scalar);
        NativeError.ThrowIfAny();
    }
}
