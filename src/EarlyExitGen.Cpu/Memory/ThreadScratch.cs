using System.Runtime.ConstrainedExecution;
using System.Runtime.InteropServices;

namespace EarlyExitGen.Cpu.Memory;

/// <summary>
/// Native memory of a thread, for what a kernel needs only while it runs: to allocate it anew takes longer than a small layer. It grows to
/// the most that a kernel needed and goes when the thread has ended.
/// </summary>
internal sealed unsafe class ThreadScratch : CriticalFinalizerObject
{
    [ThreadStatic]
    private static ThreadScratch? ofThisThread;

    private float* memory;
    private int length;

    private ThreadScratch()
    {
    }

    ~ThreadScratch() => NativeMemory.AlignedFree(memory);

    /// <summary>Memory for a kernel that runs on this thread and calls no other that takes some. It holds anything.</summary>
    /// <param name="floats">How many floats.</param>
    /// <returns>Memory aligned as an <see cref="Arena"/> is, or null for none.</returns>
    /// <exception cref="OutOfMemoryException">There is none.</exception>
    public static float* Take(int floats)
    {
        if (floats == 0) return null;
        ThreadScratch scratch = ofThisThread ??= new ThreadScratch();
        if (scratch.length < floats) scratch.Grow(floats);
        return scratch.memory;
    }

    private void Grow(int floats)
    {
        NativeMemory.AlignedFree(memory);
        memory = null;
        length = 0;
        memory = (float*)NativeMemory.AlignedAlloc((nuint)floats * sizeof(float), Arena.Alignment * sizeof(float));
        length = floats;
    }
}
