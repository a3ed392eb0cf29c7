using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace EarlyExitGen.TorchRuntime;

/// <content>
/// What a call reads from tensors and writes to them on the host: logits, gates, answers. Where the tensors are on a GPU, they are copied
/// to and from host memory; elsewhere their own memory is read.
/// </content>
public abstract partial class EarlyExitTorchPipeline
{
    private const sbyte Float32 = (sbyte)ScalarType.Float32;

    /// <summary>For tests where there is no GPU: copies on the CPU whatever would have to be copied from and to a GPU.</summary>
    internal bool ActsAsOnDevice { get; set; }

    private bool PinsLogits => Device.type == TorchSharp.DeviceType.CUDA;

    // Asked of the tensor: an ordinary call may give one that is not where the weights are.
    private static unsafe bool IsOnDevice(nint tensor) => LibTorchSharp.DeviceType(tensor) != (int)TorchSharp.DeviceType.CPU;

    private unsafe ReadOnlySpan<float> ReadLogits(TensorSlot head, int exit, int rows)
    {
        nint tensor = head.Gathered;
        RequireLogitsOf(tensor, exit, rows);
        if (ActsAsOnDevice || IsOnDevice(tensor))
        {
            // The one place of an exit that waits for a GPU.
            nint host = hostLogits.Rows(rows, PinsLogits);
            LibTorchSharp.Copy(host, tensor, 0);
            NativeError.ThrowIfAny();
            tensor = host;
        }
        else if (LibTorchSharp.ElementType(tensor) != Float32)
        {
            fullLogits.Set(ToType(head, ScalarType.Float32));
            fullLogits.Set(new NewTensor(NativeError.Check(LibTorchSharp.Contiguous(fullLogits.Handle))));
            tensor = fullLogits.Handle;
        }
        else if (LibTorchSharp.IsContiguous(tensor) == 0)
        {
            head.Set(new NewTensor(NativeError.Check(LibTorchSharp.Contiguous(tensor))));
            tensor = head.Handle;
        }

        return new ReadOnlySpan<float>(LibTorchSharp.Data(tensor), rows * Plan.Classes);
    }

    private unsafe void RequireLogitsOf(nint head, int exit, int rows)
    {
        if (LibTorchSharp.Dimensions(head) == 2
            && LibTorchSharp.Size(head, 0) == rows
            && LibTorchSharp.Size(head, 1) == Plan.Classes
            && AreNumbers(head))
        {
            return;
        }

        throw new InvalidOperationException(
            $"{Plan.Name}: exit '{Plan.Exits[exit].Name}' must give {Precision} logits of shape [{rows}, {Plan.Classes}], " +
            $"but gave {(ScalarType)LibTorchSharp.ElementType(head)} of {ShapeOf(head)}.");
    }

    private unsafe void ReadGates(TensorSlot gate, int exit, Span<float> values)
    {
        nint tensor = gate.Handle;
        long elements = 1;
        for (int dimension = 0; dimension < LibTorchSharp.Dimensions(tensor); dimension++)
        {
            elements *= LibTorchSharp.Size(tensor, dimension);
        }

        if (elements != values.Length || !AreNumbers(tensor))
        {
            throw new InvalidOperationException(
                $"{Plan.Name}: gate '{Plan.Exits[exit].Gate}' of exit '{Plan.Exits[exit].Name}' must give one {Precision} value per row, " +
                $"[{values.Length}, 1], but gave {(ScalarType)LibTorchSharp.ElementType(tensor)} of {ShapeOf(tensor)}.");
        }

        // The slot keeps what it has: it may be the features themselves.
        nint contiguous = NativeError.Check(LibTorchSharp.Contiguous(tensor));
        try
        {
            if (LibTorchSharp.ElementType(contiguous) != Float32)
            {
                nint cast = NativeError.Check(LibTorchSharp.ToType(contiguous, Float32, 0, 0));
                LibTorchSharp.Dispose(contiguous);
                contiguous = cast;
            }

            if (ActsAsOnDevice || IsOnDevice(contiguous))
            {
                nint host = NativeError.Check(LibTorchSharp.ToDevice(contiguous, (int)TorchSharp.DeviceType.CPU, -1, 0, 0));
                LibTorchSharp.Dispose(contiguous);
                contiguous = host;
            }

            new ReadOnlySpan<float>(LibTorchSharp.Data(contiguous), values.Length).CopyTo(values);
        }
        finally
        {
            LibTorchSharp.Dispose(contiguous);
        }
    }

    private unsafe void WriteLogits(ReadOnlySpan<float> answers, Tensor logits, int rows)
    {
        nint target = logits.Handle;
        if (!ActsAsOnDevice && !IsOnDevice(target) && LibTorchSharp.IsContiguous(target) != 0)
        {
            answers.CopyTo(new Span<float>(LibTorchSharp.Data(target), answers.Length));
            return;
        }

        nint host = hostLogits.Rows(rows, PinsLogits);
        Span<float> staged = new(LibTorchSharp.Data(host), answers.Length);
        if (!Unsafe.AreSame(ref staged[0], ref Unsafe.AsRef(in answers[0]))) answers.CopyTo(staged);
        LibTorchSharp.Copy(target, host, 0);
        NativeError.ThrowIfAny();
    }
}
