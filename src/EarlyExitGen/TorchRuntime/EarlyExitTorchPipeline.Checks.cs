using static TorchSharp.torch;

namespace EarlyExitGen.TorchRuntime;

/// <content>What a call checks before any native operation. Allocates only to say what is wrong.</content>
public abstract partial class EarlyExitTorchPipeline
{
    private unsafe void RequireInput(Tensor input, long rows)
    {
        nint handle = Handle(input, nameof(input));
        if (!HasInputShape(handle, rows))
        {
            string expected = Plan.Input.IsEmpty ? $"[{rows}, …]" : $"[{string.Join(", ", Plan.Input.Prepend((int)rows))}]";
            throw WrongInput($"must have shape {expected}", handle);
        }

        if (LibTorchSharp.ElementType(handle) != inputType) throw WrongInput($"must be {(ScalarType)inputType}", handle);
        if (LibTorchSharp.DeviceType(handle) != (int)Device.type
            || (Device.type != TorchSharp.DeviceType.CPU && LibTorchSharp.DeviceIndex(handle) != Math.Max(Device.index, 0)))
        {
            throw WrongInput($"must be on {Device}, where the weights are", handle);
        }
    }

    private unsafe bool HasInputShape(nint handle, long rows)
    {
        long dimensions = LibTorchSharp.Dimensions(handle);
        if (dimensions == 0 || LibTorchSharp.Size(handle, 0) != rows) return false;
        if (Plan.Input.IsEmpty) return true;
        if (dimensions != Plan.Input.Length + 1) return false;

        for (int index = 0; index < Plan.Input.Length; index++)
        {
            if (LibTorchSharp.Size(handle, index + 1) != Plan.Input[index]) return false;
        }

        return true;
    }

    private unsafe void RequireLogits(Tensor logits, long rows)
    {
        nint handle = Handle(logits, nameof(logits));
        if (LibTorchSharp.Dimensions(handle) != 2
            || LibTorchSharp.Size(handle, 0) != rows
            || LibTorchSharp.Size(handle, 1) != Plan.Classes
            || LibTorchSharp.ElementType(handle) != Float32)
        {
            throw new ArgumentException(
                $"{Plan.Name}: the tensor for the logits must be Float32 of shape [{rows}, {Plan.Classes}], but is {Describe(handle)}.",
                nameof(logits));
        }
    }

    private nint Handle(Tensor tensor, string name) => !tensor.IsInvalid
        ? tensor.Handle
        : throw new ObjectDisposedException(name, $"{Plan.Name}: the tensor '{name}' was disposed.");

    private ArgumentException WrongInput(string expected, nint actual) =>
        new($"{Plan.Name}, stage '{Plan.Stages[0].Name}': the input {expected}, but is {Describe(actual)}.");

    private static unsafe string Describe(nint tensor)
    {
        long[] shape = new long[LibTorchSharp.Dimensions(tensor)];
        for (int index = 0; index < shape.Length; index++) shape[index] = LibTorchSharp.Size(tensor, index);
        string device = ((TorchSharp.DeviceType)LibTorchSharp.DeviceType(tensor)).ToString().ToUpperInvariant();
        return $"{(ScalarType)LibTorchSharp.ElementType(tensor)} [{string.Join(", ", shape)}] on {device}";
    }
}
