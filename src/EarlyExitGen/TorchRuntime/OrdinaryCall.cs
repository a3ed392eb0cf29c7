using System.ComponentModel;
using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen.TorchRuntime;

/// <summary>
/// Lends a tensor of a pipeline to the user's own code for one call, and disposes everything that the call leaves behind. For generated
/// code; it allocates.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly unsafe ref struct OrdinaryCall
{
    private readonly DisposeScope scope;

    internal OrdinaryCall(nint argument)
    {
        scope = NewDisposeScope();
        Argument = Tensor.UnsafeCreateTensor(NativeError.Check(LibTorchSharp.Alias(argument)));
    }

    /// <summary>What the user's code reads: a handle of its own, so that disposing it does no harm.</summary>
    public Tensor Argument { get; }

    /// <summary>A copy of an extra input, which the user's code may write to.</summary>
    public static Tensor Copy(TensorSlot extraInput)
    {
        using Tensor borrowed = Tensor.UnsafeCreateTensor(NativeError.Check(LibTorchSharp.Alias(extraInput.Handle)));
        return borrowed.clone();
    }

    /// <summary>Takes what the user's code returned.</summary>
    public NewTensor Result(Tensor result)
    {
        NewTensor taken = new(NativeError.Check(LibTorchSharp.Alias(result.Handle)));
        GC.KeepAlive(result);
        return taken;
    }

    /// <summary>Disposes what the call left behind.</summary>
    public void Dispose() => scope.Dispose();
}
