using System.Runtime.CompilerServices;

namespace EarlyExitGen.Cpu.Memory;

/// <summary>Copies elements from one arrangement to another: transposed, a part of a dimension, or repeated. Never allocates.</summary>
public static unsafe class StridedCopy
{
    /// <summary>Copies the element at every index (i, j, …) below the loops' sizes. The buffers must not overlap.</summary>
    /// <param name="source">The buffer that is read.</param>
    /// <param name="from">Its first element.</param>
    /// <param name="target">The buffer that is written.</param>
    /// <param name="to">Its first element.</param>
    /// <param name="loops">One loop for each dimension, the outermost first; at least one.</param>
    /// <exception cref="ArgumentException">A buffer is too short, or there is no loop.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(ArenaBuffer source, int from, ArenaBuffer target, int to, params ReadOnlySpan<CopyLoop> loops)
    {
        if (loops.IsEmpty) throw new ArgumentException("There is nothing to copy: no loop is given.", nameof(loops));
        (int sourceLength, int targetLength) = (from + 1, to + 1);
        foreach (CopyLoop loop in loops)
        {
            sourceLength = checked(sourceLength + ((loop.Size - 1) * loop.From));
            targetLength = checked(targetLength + ((loop.Size - 1) * loop.To));
        }

        Copy(source.Require(sourceLength) + from, target.Require(targetLength) + to, loops);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Copy(float* source, float* target, ReadOnlySpan<CopyLoop> loops)
    {
        (int size, int from, int to) = loops[0];
        if (loops.Length > 1)
        {
            for (int index = 0; index < size; index++, source += from, target += to) Copy(source, target, loops[1..]);
        }
        else if (from == 1 && to == 1)
        {
            new ReadOnlySpan<float>(source, size).CopyTo(new Span<float>(target, size));
        }
        else
        {
            for (int index = 0; index < size; index++) target[index * to] = source[index * from];
        }
    }
}
