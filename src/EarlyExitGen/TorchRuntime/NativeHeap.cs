using System.Runtime.InteropServices;

namespace EarlyExitGen.TorchRuntime;

/// <summary>The C library's memory, from which libtorch takes that of tensors on the CPU.</summary>
internal static unsafe class NativeHeap
{
    // glibc's limit for what it adapts to is 32 MiB, its own bookkeeping included.
    private const nuint Length = (32 << 20) - (1 << 16);

    /// <summary>Lets the process keep the memory that tensors free, for the next ones.</summary>
    /// <remarks>
    /// glibc gives freed memory back once there is more than twice the largest block that was ever mapped and freed, 128 KiB at first. The
    /// features of a batch are more, so that every call would get new pages from the system and wait while they are zeroed: up to a third of
    /// its time. It has to see one block of the largest size that it adapts to, of which no page is touched. A limit that somebody has
    /// set, by <c>MALLOC_TRIM_THRESHOLD_</c> say, stays.
    /// </remarks>
    public static void KeepFreedMemory()
    {
        if (!OperatingSystem.IsLinux()) return;
        try
        {
            NativeMemory.Free(NativeMemory.Alloc(Length));
        }
        catch (OutOfMemoryException)
        {
            // Where that much can't be had, nothing is to be kept.
        }
    }
}
