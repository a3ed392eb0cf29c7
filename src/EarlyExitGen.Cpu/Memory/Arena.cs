using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EarlyExitGen.Cpu.Memory;

/// <summary>
/// One block of native memory, aligned to 64 bytes and zeroed, from which a pipeline takes all its buffers when it is made. It never
/// grows. Its one owner disposes it; forgotten, the garbage collector does.
/// </summary>
/// <remarks>
/// Buffers point into the arena and don't keep it alive: whoever uses them holds the arena too and calls
/// <see cref="GC.KeepAlive"/> on it after the last use. Taking is not thread-safe; using different buffers is.
/// </remarks>
public sealed unsafe class Arena : IDisposable
{
    /// <summary>Buffers start at multiples of this many floats: one cache line, one 512-bit vector.</summary>
    public const int Alignment = 16;

    // The kernels read whole vectors, but never past a buffer's end, so no slack is needed beyond the last buffer.
    private float* memory;
    private long taken;

    /// <summary>Allocates an arena.</summary>
    /// <param name="length">Its size in floats.</param>
    /// <exception cref="OutOfMemoryException">There is not that much memory.</exception>
    public Arena(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = RoundUp(length);
        nuint bytes = checked((nuint)Math.Max(Length, Alignment) * sizeof(float));
        memory = (float*)NativeMemory.AlignedAlloc(bytes, Alignment * sizeof(float));
        NativeMemory.Clear(memory, bytes);
        GC.AddMemoryPressure((long)bytes);
    }

    /// <summary>Frees an arena that nobody disposed.</summary>
    ~Arena() => Free();

    /// <summary>The size in floats.</summary>
    public long Length { get; }

    /// <summary>Whether the memory is gone.</summary>
    public bool IsDisposed => memory is null;

    /// <summary>The room that a buffer takes in an arena: its length rounded up to the alignment.</summary>
    /// <param name="length">The buffer's length in floats.</param>
    public static long RoundUp(long length) => checked(length + Alignment - 1) / Alignment * Alignment;

    /// <summary>Takes the next buffer. Its elements are 0.</summary>
    /// <param name="length">Its length in floats.</param>
    /// <exception cref="InvalidOperationException">The arena has not that much left.</exception>
    /// <exception cref="ObjectDisposedException">The arena is disposed.</exception>
    public ArenaBuffer Take(int length)
    {
        ArenaBuffer buffer = At(taken, length);
        taken += RoundUp(length);
        return buffer;
    }

    /// <summary>The buffer at a place that the caller has planned. Buffers may overlap.</summary>
    /// <param name="offset">Where it starts, in floats: a multiple of <see cref="Alignment"/>.</param>
    /// <param name="length">Its length in floats.</param>
    /// <exception cref="InvalidOperationException">The place is not within the arena, or not aligned.</exception>
    /// <exception cref="ObjectDisposedException">The arena is disposed.</exception>
    public ArenaBuffer At(long offset, int length)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        if (offset < 0 || length < 0 || offset % Alignment != 0 || offset + length > Length)
        {
            throw new InvalidOperationException(
                $"A buffer of {length} floats at {offset} does not fit an arena of {Length} floats in steps of {Alignment}.");
        }

        return new ArenaBuffer(memory + offset, length);
    }

    /// <summary>Frees the memory. Every buffer taken from it is invalid from here on.</summary>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    [MethodImpl(MethodImplOptions.Synchronized)]
    private void Free()
    {
        if (memory is null) return;
        NativeMemory.AlignedFree(memory);
        GC.RemoveMemoryPressure(Math.Max(Length, Alignment) * sizeof(float));
        memory = null;
    }
}
