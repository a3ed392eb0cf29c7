using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen.TorchRuntime;

/// <summary>
/// Host memory that rows of float32 pass through on their way from an exit and to the caller: [rows, columns], pinned for a GPU, so that a
/// copy goes straight there. Made once for the most rows so far.
/// </summary>
/// <remarks>
/// One pipeline's, and so one thread's. What an exit's rows were read into is overwritten by the next exit's.
/// </remarks>
internal sealed unsafe class HostRows(int columns) : IDisposable
{
    private Tensor? memory;
    private bool isPinned;
    private nint view;
    private int viewRows;

    /// <summary>The first rows of the memory.</summary>
    /// <param name="rows">How many; more than before replace the memory.</param>
    /// <param name="pinned">Whether a GPU copies from or to it.</param>
    /// <returns>A tensor [rows, columns], contiguous, valid until the next call.</returns>
    public nint Rows(int rows, bool pinned)
    {
        if (memory is null || memory.size(0) < rows || pinned != isPinned) Allocate(rows, pinned);
        if (viewRows == rows) return view;

        // A view instead of other memory: each exit has fewer rows than the one before it.
        nint narrowed = NativeError.Check(LibTorchSharp.Narrow(memory!.Handle, 0, 0, rows));
        DisposeView();
        (view, viewRows) = (narrowed, rows);
        return view;
    }

    /// <summary>Lets go of the memory; the next call makes it anew.</summary>
    public void Dispose()
    {
        DisposeView();
        memory?.Dispose();
        memory = null;
    }

    private void Allocate(int rows, bool pinned)
    {
        Dispose();
        using DisposeScope scope = NewDisposeScope();
        Tensor made = empty([rows, columns], ScalarType.Float32);
        memory = (pinned ? made.pin_memory() : made).DetachFromDisposeScope();
        isPinned = pinned;
    }

    private void DisposeView()
    {
        if (view != 0) LibTorchSharp.Dispose(view);
        (view, viewRows) = (0, 0);
    }
}
