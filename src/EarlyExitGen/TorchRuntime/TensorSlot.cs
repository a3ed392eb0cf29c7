using System.ComponentModel;

namespace EarlyExitGen.TorchRuntime;

/// <summary>Holds one native tensor of a pipeline's forward pass and releases it when another takes its place. For generated code.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed unsafe class TensorSlot
{
    private nint tensor;
    private bool isBorrowed;

    internal TensorSlot()
    {
    }

    internal nint Handle => tensor != 0 ? tensor : throw new InvalidOperationException("The slot holds no tensor.");

    /// <summary>Takes the result of an operation, then releases what it held: the operation may have read it.</summary>
    public void Set(NewTensor result)
    {
        Clear();
        tensor = result.Handle;
    }

    /// <summary>Holds a tensor that somebody else releases.</summary>
    internal void Borrow(nint borrowed)
    {
        Clear();
        tensor = borrowed;
        isBorrowed = true;
    }

    internal void Clear()
    {
        if (tensor != 0 && !isBorrowed) LibTorchSharp.Dispose(tensor);
        tensor = 0;
        isBorrowed = false;
    }
}

/// <summary>A native tensor on its way from an operation to the slot that will own it. For generated code.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly ref struct NewTensor
{
    internal NewTensor(nint handle) => Handle = handle;

    internal nint Handle { get; }
}
