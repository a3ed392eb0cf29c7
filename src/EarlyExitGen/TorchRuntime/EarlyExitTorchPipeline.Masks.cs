using System.ComponentModel;

namespace EarlyExitGen.TorchRuntime;

/// <content>Masks: how they are combined, and what they do.</content>
public abstract unsafe partial class EarlyExitTorchPipeline
{
    /// <summary>The number where the mask is true, and elsewhere the input.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor MaskedFill(TensorSlot input, TensorSlot mask, double value)
    {
        nint scalar = LibTorchSharp.NewScalar(value);
        nint result = LibTorchSharp.MaskedFill(input.Handle, mask.Handle, scalar);
        LibTorchSharp.DisposeScalar(scalar);
        return new(NativeError.Check(result));
    }

    /// <inheritdoc cref="MaskedFill"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static void MaskedFillInPlace(TensorSlot slot, TensorSlot mask, double value)
    {
        nint scalar = LibTorchSharp.NewScalar(value);
        LibTorchSharp.MaskedFillInPlace(slot.Handle, mask.Handle, scalar);
        LibTorchSharp.DisposeScalar(scalar);
        NativeError.ThrowIfAny();
    }

    /// <summary>Where both masks are true.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor And(TensorSlot left, TensorSlot right) =>
        new(NativeError.Check(LibTorchSharp.And(left.Handle, right.Handle)));

    /// <summary>Where a mask is true, or both are.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Or(TensorSlot left, TensorSlot right) =>
        new(NativeError.Check(LibTorchSharp.Or(left.Handle, right.Handle)));

    /// <summary>Where one mask is true, and not both.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Xor(TensorSlot left, TensorSlot right) =>
        new(NativeError.Check(LibTorchSharp.Xor(left.Handle, right.Handle)));

    /// <summary>One tensor where the mask is true, and elsewhere the other.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Where(TensorSlot mask, TensorSlot chosen, TensorSlot other) =>
        new(NativeError.Check(LibTorchSharp.Where(mask.Handle, chosen.Handle, other.Handle)));
}
