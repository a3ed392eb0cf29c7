using System.ComponentModel;

namespace EarlyExitGen.TorchRuntime;

/// <summary>Holds one native tensor of a pipeline's forward pass and releases it when another takes its place. For generated code.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed unsafe class TensorSlot
{
    private nint tensor;
    private bool isBorrowed;

    // Where the tensor goes back to, unless somebody may keep a view of it.
    private TensorPool? lender;

    // Which rows of the tensor the slot stands for; none where it stands for all.
    private long[] selection = [];
    private int selected;

    /// <param name="pool">Where kernels that read this slot take what they write from; null for a new tensor each time.</param>
    internal TensorSlot(TensorPool? pool = null) => Pool = pool;

    /// <summary>Where kernels that read this slot take what they write from.</summary>
    internal TensorPool? Pool { get; }

    /// <summary>The tensor, for whoever may keep a view of it. Rows that were selected of it are gathered first.</summary>
    internal nint Handle
    {
        get
        {
            nint handle = Gathered;
            lender?.TakeOver(handle);
            lender = null;
            return handle;
        }
    }

    /// <summary>Likewise for an operation that keeps nothing of it.</summary>
    internal nint Gathered
    {
        get
        {
            if (selected > 0) Gather();
            return Stored;
        }
    }

    /// <summary>The tensor with all its rows, for a kernel that reads only those of <see cref="Selection"/> and keeps nothing of it.</summary>
    internal nint Stored => tensor != 0 ? tensor : throw new InvalidOperationException("The slot holds no tensor.");

    /// <summary>The places of the rows that the slot stands for; empty where it stands for all.</summary>
    internal ReadOnlySpan<long> Selection => selection.AsSpan(0, selected);

    /// <summary>Takes the result of an operation, then releases what it held: the operation may have read it.</summary>
    public void Set(NewTensor result)
    {
        Clear();
        tensor = result.Handle;
        lender = result.Lender;
    }

    /// <summary>Holds a tensor that somebody else releases.</summary>
    internal void Borrow(nint borrowed)
    {
        Clear();
        tensor = borrowed;
        isBorrowed = true;
    }

    /// <summary>
    /// Stands for some of the rows from now on. They are gathered when somebody asks for the tensor: a kernel that can read them where they
    /// lie spares that.
    /// </summary>
    /// <param name="places">Their places; at least one.</param>
    /// <returns>Whether the tensor lies so that they can be gathered later.</returns>
    internal bool TrySelect(ReadOnlySpan<long> places)
    {
        if (!RowGather.CanRun(Gathered, places)) return false;

        // For as many as can be selected, so that a later call with more of them allocates nothing.
        long rows = LibTorchSharp.Size(tensor, 0);
        if (selection.Length < rows) selection = new long[rows];
        places.CopyTo(selection);
        selected = places.Length;
        return true;
    }

    internal void Clear()
    {
        selected = 0;
        if (lender is not null) lender.Return(tensor);
        else if (tensor != 0 && !isBorrowed) LibTorchSharp.Dispose(tensor);
        tensor = 0;
        lender = null;
        isBorrowed = false;
    }

    private void Gather() => Set(new NewTensor(RowGather.Run(tensor, Selection)));
}

/// <summary>A native tensor on its way from an operation to the slot that will own it. For generated code.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly ref struct NewTensor
{
    internal NewTensor(nint handle, TensorPool? lender = null)
    {
        Handle = handle;
        Lender = lender;
    }

    internal nint Handle { get; }

    /// <summary>Where it goes back to; null where the slot releases it.</summary>
    internal TensorPool? Lender { get; }
}
