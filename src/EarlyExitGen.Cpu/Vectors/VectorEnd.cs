using System.Runtime.CompilerServices;

namespace EarlyExitGen.Cpu.Vectors;

/// <summary>Vectors at the end of a buffer, beyond which nothing may be read or written.</summary>
internal static unsafe class VectorEnd<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>Loads as many lanes as there are; the others are 0.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static TVector Load(float* source, long count)
    {
        float* lanes = stackalloc float[TSimd.Lanes];
        new ReadOnlySpan<float>(source, (int)Math.Min(count, TSimd.Lanes)).CopyTo(new Span<float>(lanes, TSimd.Lanes));
        return TSimd.Load(lanes);
    }

    /// <summary>Stores the lanes that lie before the end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(TVector value, float* destination, float* end)
    {
        if (destination + TSimd.Lanes <= end) TSimd.Store(value, destination);
        else StoreFirst(value, destination, (int)(end - destination));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void StoreFirst(TVector value, float* destination, int count)
    {
        float* lanes = stackalloc float[TSimd.Lanes];
        TSimd.Store(value, lanes);
        new ReadOnlySpan<float>(lanes, count).CopyTo(new Span<float>(destination, count));
    }
}
