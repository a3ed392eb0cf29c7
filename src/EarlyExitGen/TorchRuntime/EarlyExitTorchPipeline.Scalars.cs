namespace EarlyExitGen.TorchRuntime;

/// <content>Operations with numbers, each of which libtorch wants as an object of its own for the call.</content>
public abstract unsafe partial class EarlyExitTorchPipeline
{
    private static NewTensor WithScalar(delegate* unmanaged<nint, nint, nint> operation, TensorSlot input, double value)
    {
        nint scalar = LibTorchSharp.NewScalar(value);
        nint result = operation(input.Handle, scalar);
        LibTorchSharp.DisposeScalar(scalar);
        return new(NativeError.Check(result));
    }

    private static NewTensor WithWholeScalar(delegate* unmanaged<nint, nint, nint> operation, TensorSlot input, long value)
    {
        nint scalar = LibTorchSharp.NewWholeScalar(value);
        nint result = operation(input.Handle, scalar);
        LibTorchSharp.DisposeScalar(scalar);
        return new(NativeError.Check(result));
    }

    private static void OverwriteWithScalar(delegate* unmanaged<nint, nint, void> operation, TensorSlot slot, double value)
    {
        nint scalar = LibTorchSharp.NewScalar(value);
        operation(slot.Handle, scalar);
        LibTorchSharp.DisposeScalar(scalar);
        NativeError.ThrowIfAny();
    }

    private static NewTensor WithScalars(delegate* unmanaged<nint, nint, nint, nint> operation, TensorSlot input, double first, double second)
    {
        nint one = LibTorchSharp.NewScalar(first);
        nint other = LibTorchSharp.NewScalar(second);
        nint result = operation(input.Handle, one, other);
        LibTorchSharp.DisposeScalar(one);
        LibTorchSharp.DisposeScalar(other);
        return new(NativeError.Check(result));
    }

    private static void OverwriteWithScalars(delegate* unmanaged<nint, nint, nint, void> operation, TensorSlot slot, double first, double second)
    {
        nint one = LibTorchSharp.NewScalar(first);
        nint other = LibTorchSharp.NewScalar(second);
        operation(slot.Handle, one, other);
        LibTorchSharp.DisposeScalar(one);
        LibTorchSharp.DisposeScalar(other);
        NativeError.ThrowIfAny();
    }
}
