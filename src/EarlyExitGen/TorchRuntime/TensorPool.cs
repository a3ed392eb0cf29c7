using TorchSharp;

namespace EarlyExitGen.TorchRuntime;

/// <summary>
/// Small float32 tensors on the CPU that our own kernels write and nobody else sees: a pipeline keeps them from one operation and one call
/// to the next, because libtorch takes longer to make one than a small layer takes.
/// </summary>
/// <remarks>
/// Invariants. A tensor is lent to one slot at a time, which gives it back or, before anything else reads it by its handle and may keep a
/// view of it, takes it over. One pipeline's, and so one thread's.
/// </remarks>
internal sealed unsafe class TensorPool : IDisposable
{
    private const sbyte Float32 = (sbyte)torch.ScalarType.Float32;
    private const int Cpu = (int)DeviceType.CPU;
    private const int Most = 12;
    private const int MostDimensions = 4;
    private const long MostElements = 64 * 1024;

    private readonly Entry[] entries = new Entry[Most];
    private int count;
    private long uses;

    /// <summary>A new tensor that no pool keeps, or one of a pool. It holds anything.</summary>
    /// <param name="pool">Null for none.</param>
    /// <param name="sizes">At least one.</param>
    /// <param name="strides">As many; without gaps.</param>
    /// <param name="dimensions">How many.</param>
    public static nint Take(TensorPool? pool, long* sizes, long* strides, int dimensions) =>
        pool is null ? New(sizes, strides, dimensions) : pool.Take(sizes, strides, dimensions);

    /// <summary>Ends a tensor that was taken but got no result.</summary>
    public static void Drop(TensorPool? pool, nint tensor)
    {
        pool?.TakeOver(tensor);
        LibTorchSharp.Dispose(tensor);
    }

    /// <summary>Takes a tensor back that nobody reads any more.</summary>
    public void Return(nint tensor)
    {
        int index = IndexOf(tensor);
        if (index < 0) LibTorchSharp.Dispose(tensor);
        else entries[index].IsLent = false;
    }

    /// <summary>Leaves a tensor to its slot, which releases it.</summary>
    public void TakeOver(nint tensor)
    {
        int index = IndexOf(tensor);
        if (index >= 0) entries[index] = entries[--count];
    }

    /// <summary>Releases what is not lent; the next call makes it anew.</summary>
    public void Dispose()
    {
        for (int index = count - 1; index >= 0; index--)
        {
            if (entries[index].IsLent) continue;
            LibTorchSharp.Dispose(entries[index].Tensor);
            entries[index] = entries[--count];
        }
    }

    private static nint New(long* sizes, long* strides, int dimensions) =>
        NativeError.Check(LibTorchSharp.EmptyStrided(sizes, dimensions, strides, dimensions, Float32, Cpu, -1, 0));

    private nint Take(long* sizes, long* strides, int dimensions)
    {
        Entry wanted = new() { IsLent = true, LastUse = ++uses };
        if (!wanted.TryDescribe(sizes, strides, dimensions)) return New(sizes, strides, dimensions);
        for (int index = 0; index < count; index++)
        {
            ref Entry entry = ref entries[index];
            if (entry.IsLent || !entry.IsAlike(wanted)) continue;
            (entry.IsLent, entry.LastUse) = (true, uses);
            return entry.Tensor;
        }

        wanted.Tensor = New(sizes, strides, dimensions);
        Keep(wanted);
        return wanted.Tensor;
    }

    // In the place of the one that was not used for longest; where all are lent, the slot releases it itself.
    private void Keep(in Entry entry)
    {
        if (count < Most)
        {
            entries[count++] = entry;
            return;
        }

        int oldest = -1;
        for (int index = 0; index < Most; index++)
        {
            if (!entries[index].IsLent && (oldest < 0 || entries[index].LastUse < entries[oldest].LastUse)) oldest = index;
        }

        if (oldest < 0) return;
        LibTorchSharp.Dispose(entries[oldest].Tensor);
        entries[oldest] = entry;
    }

    private int IndexOf(nint tensor)
    {
        for (int index = 0; index < count; index++)
        {
            if (entries[index].Tensor == tensor) return index;
        }

        return -1;
    }

    private struct Entry
    {
        public nint Tensor;
        public long LastUse;
        public bool IsLent;
        private int dimensions;
        private (long Size, long Stride) first;
        private (long Size, long Stride) second;
        private (long Size, long Stride) third;
        private (long Size, long Stride) fourth;

        public bool TryDescribe(long* sizes, long* strides, int count)
        {
            if (count > MostDimensions) return false;
            long elements = 1;
            for (int dimension = 0; dimension < count; dimension++) elements *= sizes[dimension];
            if (elements > MostElements) return false;
            dimensions = count;
            first = (sizes[0], strides[0]);
            if (count > 1) second = (sizes[1], strides[1]);
            if (count > 2) third = (sizes[2], strides[2]);
            if (count > 3) fourth = (sizes[3], strides[3]);
            return true;
        }

        public readonly bool IsAlike(in Entry other) =>
            dimensions == other.dimensions && first == other.first && second == other.second && third == other.third && fourth == other.fourth;
    }
}
