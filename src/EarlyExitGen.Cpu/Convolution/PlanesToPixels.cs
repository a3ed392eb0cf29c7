using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using EarlyExitGen.Cpu.Activations;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Convolution;

/// <summary>Turns sums that lie channel by channel into pixels with their channels side by side, pooled and activated on the way.</summary>
internal readonly unsafe struct PlanesToPixels<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>The first sum of the first channel.</summary>
    public float* Sums { get; init; }

    /// <summary>Floats from one channel to the next; channels up to a multiple of four are read.</summary>
    public int Plane { get; init; }

    /// <summary>Floats from one row to the next.</summary>
    public int Pitch { get; init; }

    public int Channels { get; init; }

    /// <summary>None, ReLU or ReLU6.</summary>
    public Activation Activation { get; init; }

    /// <summary>Rows of the output.</summary>
    public int Rows { get; init; }

    /// <summary>Columns of the output.</summary>
    public int Columns { get; init; }

    /// <summary>Where the first pixel goes. The others follow without a gap.</summary>
    public float* Output { get; init; }

    /// <summary>Floats from one pixel to the next; those beyond the channels may be written.</summary>
    public int Step { get; init; }

    /// <summary>Where nothing more may be written.</summary>
    public float* End { get; init; }

    /// <summary>Each of the sums, or the largest of each 2×2 window.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public void Run<TRows>()
        where TRows : struct, ITileRows
    {
        int pixels = TRows.Pools ? TSimd.Lanes / 2 : TSimd.Lanes;
        int scale = TRows.Pools ? 2 : 1;
        int last = (Channels - 1) / 4 * 4;
        for (int y = 0; y < Rows; y++)
        {
            float* from = Sums + (y * scale * Pitch);
            float* to = Output + (y * Columns * Step);
            for (int x = 0; x < Columns; x += pixels, from += scale * pixels, to += pixels * Step)
            {
                int count = Math.Min(pixels, Columns - x);
                int whole = count;
                while (whole > 0 && to + ((whole - 1) * Step) + last + 4 > End) whole--;

                // From the last channels to the first: lanes beyond the last channel lie on the next pixel's first.
                for (int channel = last; channel >= 0; channel -= 4) Store<TRows>(from + (channel * Plane), to + channel, whole);
                for (int pixel = whole; pixel < count; pixel++) StoreOne<TRows>(from + (scale * pixel), to + (pixel * Step));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Store<TRows>(float* from, float* to, int count)
        where TRows : struct, ITileRows
    {
        TVector a = Value<TRows>(from);
        TVector b = Value<TRows>(from + Plane);
        TVector c = Value<TRows>(from + (2 * Plane));
        TVector d = Value<TRows>(from + (3 * Plane));
        TVector low = TSimd.InterleaveLow(a, b);
        TVector high = TSimd.InterleaveHigh(a, b);
        TVector secondLow = TSimd.InterleaveLow(c, d);
        TVector secondHigh = TSimd.InterleaveHigh(c, d);

        // Of each four pixels one.
        TVector first = TSimd.JoinLow(low, secondLow);
        TVector second = TSimd.JoinHigh(low, secondLow);
        TVector third = TSimd.JoinLow(high, secondHigh);
        TVector fourth = TSimd.JoinHigh(high, secondHigh);
        if (TRows.Pools)
        {
            first = TSimd.Max(first, second);
            second = TSimd.Max(third, fourth);
        }

        StoreGroup<TRows>(0, first, second, third, fourth, to, count);
        if (TSimd.Lanes > 4) StoreGroup<TRows>(1, first, second, third, fourth, to, count);
        if (TSimd.Lanes > 8) StoreGroup<TRows>(2, first, second, third, fourth, to, count);
        if (TSimd.Lanes > 8) StoreGroup<TRows>(3, first, second, third, fourth, to, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void StoreGroup<TRows>(int group, TVector first, TVector second, TVector third, TVector fourth, float* to, int count)
        where TRows : struct, ITileRows
    {
        int pixel = (TRows.Pools ? 2 : 4) * group;
        to += pixel * Step;
        if (pixel < count) TSimd.Four(first, group).Store(to);
        if (pixel + 1 < count) TSimd.Four(second, group).Store(to + Step);
        if (TRows.Pools) return;
        if (pixel + 2 < count) TSimd.Four(third, group).Store(to + (2 * Step));
        if (pixel + 3 < count) TSimd.Four(fourth, group).Store(to + (3 * Step));
    }

    // A pooled vector is the larger of two rows so far.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private TVector Value<TRows>(float* from)
        where TRows : struct, ITileRows
    {
        TVector value = TSimd.Load(from);
        if (TRows.Pools) value = TSimd.Max(value, TSimd.Load(from + Pitch));
        return ActivationKernel.Clamp<TSimd, TVector>(Activation, value);
    }

    // At the end of the output, where a vector would reach beyond it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void StoreOne<TRows>(float* from, float* to)
        where TRows : struct, ITileRows
    {
        for (int channel = 0; channel < Channels; channel++, from += Plane)
        {
            float value = from[0];
            if (TRows.Pools) value = MathF.Max(MathF.Max(value, from[1]), MathF.Max(from[Pitch], from[Pitch + 1]));
            to[channel] = ActivationKernel.Clamp(Activation, value);
        }
    }
}
