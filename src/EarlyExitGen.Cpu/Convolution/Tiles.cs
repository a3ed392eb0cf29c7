using System.Runtime.CompilerServices;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Convolution;

/// <summary>One pixel.</summary>
internal unsafe struct Tile1<TSimd, TVector> : ITile<TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    // a3 is pixel 3 of the first vector of output channels, b3 of the second.
    private TVector a0;
    private TVector b0;

    public static int Pixels => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Start(TVector first, TVector second)
    {
        a0 = first;
        b0 = second;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(float* input, int rows, nint rowStep, nint columnStep, TVector weights)
    {
        a0 = TSimd.MultiplyAdd(TSimd.Broadcast(input), weights, a0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(float* input, int rows, nint rowStep, nint columnStep, TVector first, TVector second)
    {
        TVector x0 = TSimd.Broadcast(input);
        a0 = TSimd.MultiplyAdd(x0, first, a0);
        b0 = TSimd.MultiplyAdd(x0, second, b0);
    }

    public void MultiplyAddThree(float* upper, float* lower, nint columnStep, TVector left, TVector middle, TVector right)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAddEach(float* input, int rows, nint rowStep, nint columnStep, TVector weight)
    {
        a0 = TSimd.MultiplyAdd(TSimd.Load(input), weight, a0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(float* map, int rows, nint rowStep, nint columnStep, bool two, int secondOffset)
    {
        a0 = TSimd.Add(a0, TSimd.Load(map));
        if (!two) return;
        map += secondOffset;
        b0 = TSimd.Add(b0, TSimd.Load(map));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AtLeast(TVector floor, bool two)
    {
        a0 = TSimd.AtLeast(floor, a0);
        if (!two) return;
        b0 = TSimd.AtLeast(floor, b0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AtMost(TVector ceiling, bool two)
    {
        a0 = TSimd.AtMost(ceiling, a0);
        if (!two) return;
        b0 = TSimd.AtMost(ceiling, b0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* output, int rows, nint rowStep, nint columnStep, bool two, int secondOffset)
    {
        TSimd.Store(a0, output);
        if (!two) return;
        output += secondOffset;
        TSimd.Store(b0, output);
    }

    public void StoreLargest(float* output, nint columnStep, bool two, int secondOffset)
    {
    }

    public void StoreLargestOfBoth(float* output, nint columnStep)
    {
    }
}

/// <summary>Two pixels.</summary>
internal unsafe struct Tile2<TSimd, TVector> : ITile<TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    // a3 is pixel 3 of the first vector of output channels, b3 of the second.
    private TVector a0, a1;
    private TVector b0, b1;

    public static int Pixels => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Start(TVector first, TVector second)
    {
        a0 = a1 = first;
        b0 = b1 = second;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(float* input, int rows, nint rowStep, nint columnStep, TVector weights)
    {
        a0 = TSimd.MultiplyAdd(TSimd.Broadcast(input), weights, a0);
        a1 = TSimd.MultiplyAdd(TSimd.Broadcast(input + (1 % rows * rowStep) + (1 / rows * columnStep)), weights, a1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(float* input, int rows, nint rowStep, nint columnStep, TVector first, TVector second)
    {
        TVector x0 = TSimd.Broadcast(input);
        a0 = TSimd.MultiplyAdd(x0, first, a0);
        b0 = TSimd.MultiplyAdd(x0, second, b0);
        TVector x1 = TSimd.Broadcast(input + (1 % rows * rowStep) + (1 / rows * columnStep));
        a1 = TSimd.MultiplyAdd(x1, first, a1);
        b1 = TSimd.MultiplyAdd(x1, second, b1);
    }

    public void MultiplyAddThree(float* upper, float* lower, nint columnStep, TVector left, TVector middle, TVector right)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAddEach(float* input, int rows, nint rowStep, nint columnStep, TVector weight)
    {
        a0 = TSimd.MultiplyAdd(TSimd.Load(input), weight, a0);
        a1 = TSimd.MultiplyAdd(TSimd.Load(input + (1 % rows * rowStep) + (1 / rows * columnStep)), weight, a1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(float* map, int rows, nint rowStep, nint columnStep, bool two, int secondOffset)
    {
        a0 = TSimd.Add(a0, TSimd.Load(map));
        a1 = TSimd.Add(a1, TSimd.Load(map + (1 % rows * rowStep) + (1 / rows * columnStep)));
        if (!two) return;
        map += secondOffset;
        b0 = TSimd.Add(b0, TSimd.Load(map));
        b1 = TSimd.Add(b1, TSimd.Load(map + (1 % rows * rowStep) + (1 / rows * columnStep)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AtLeast(TVector floor, bool two)
    {
        a0 = TSimd.AtLeast(floor, a0);
        a1 = TSimd.AtLeast(floor, a1);
        if (!two) return;
        b0 = TSimd.AtLeast(floor, b0);
        b1 = TSimd.AtLeast(floor, b1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AtMost(TVector ceiling, bool two)
    {
        a0 = TSimd.AtMost(ceiling, a0);
        a1 = TSimd.AtMost(ceiling, a1);
        if (!two) return;
        b0 = TSimd.AtMost(ceiling, b0);
        b1 = TSimd.AtMost(ceiling, b1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* output, int rows, nint rowStep, nint columnStep, bool two, int secondOffset)
    {
        TSimd.Store(a0, output);
        TSimd.Store(a1, output + (1 % rows * rowStep) + (1 / rows * columnStep));
        if (!two) return;
        output += secondOffset;
        TSimd.Store(b0, output);
        TSimd.Store(b1, output + (1 % rows * rowStep) + (1 / rows * columnStep));
    }

    public void StoreLargest(float* output, nint columnStep, bool two, int secondOffset)
    {
    }

    public void StoreLargestOfBoth(float* output, nint columnStep)
    {
    }
}

/// <summary>Four pixels.</summary>
internal unsafe struct Tile4<TSimd, TVector> : ITile<TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    // a3 is pixel 3 of the first vector of output channels, b3 of the second.
    private TVector a0, a1, a2, a3;
    private TVector b0, b1, b2, b3;

    public static int Pixels => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Start(TVector first, TVector second)
    {
        a0 = a1 = a2 = a3 = first;
        b0 = b1 = b2 = b3 = second;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(float* input, int rows, nint rowStep, nint columnStep, TVector weights)
    {
        a0 = TSimd.MultiplyAdd(TSimd.Broadcast(input), weights, a0);
        a1 = TSimd.MultiplyAdd(TSimd.Broadcast(input + (1 % rows * rowStep) + (1 / rows * columnStep)), weights, a1);
        a2 = TSimd.MultiplyAdd(TSimd.Broadcast(input + (2 % rows * rowStep) + (2 / rows * columnStep)), weights, a2);
        a3 = TSimd.MultiplyAdd(TSimd.Broadcast(input + (3 % rows * rowStep) + (3 / rows * columnStep)), weights, a3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(float* input, int rows, nint rowStep, nint columnStep, TVector first, TVector second)
    {
        TVector x0 = TSimd.Broadcast(input);
        a0 = TSimd.MultiplyAdd(x0, first, a0);
        b0 = TSimd.MultiplyAdd(x0, second, b0);
        TVector x1 = TSimd.Broadcast(input + (1 % rows * rowStep) + (1 / rows * columnStep));
        a1 = TSimd.MultiplyAdd(x1, first, a1);
        b1 = TSimd.MultiplyAdd(x1, second, b1);
        TVector x2 = TSimd.Broadcast(input + (2 % rows * rowStep) + (2 / rows * columnStep));
        a2 = TSimd.MultiplyAdd(x2, first, a2);
        b2 = TSimd.MultiplyAdd(x2, second, b2);
        TVector x3 = TSimd.Broadcast(input + (3 % rows * rowStep) + (3 / rows * columnStep));
        a3 = TSimd.MultiplyAdd(x3, first, a3);
        b3 = TSimd.MultiplyAdd(x3, second, b3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAddThree(float* upper, float* lower, nint columnStep, TVector left, TVector middle, TVector right)
    {
        TVector x = TSimd.Broadcast(upper);
        TVector y = TSimd.Broadcast(lower);
        a0 = TSimd.MultiplyAdd(x, left, a0);
        b0 = TSimd.MultiplyAdd(y, left, b0);
        x = TSimd.Broadcast(upper + columnStep);
        y = TSimd.Broadcast(lower + columnStep);
        a1 = TSimd.MultiplyAdd(x, left, a1);
        b1 = TSimd.MultiplyAdd(y, left, b1);
        a0 = TSimd.MultiplyAdd(x, middle, a0);
        b0 = TSimd.MultiplyAdd(y, middle, b0);
        x = TSimd.Broadcast(upper + (2 * columnStep));
        y = TSimd.Broadcast(lower + (2 * columnStep));
        a2 = TSimd.MultiplyAdd(x, left, a2);
        b2 = TSimd.MultiplyAdd(y, left, b2);
        a1 = TSimd.MultiplyAdd(x, middle, a1);
        b1 = TSimd.MultiplyAdd(y, middle, b1);
        a0 = TSimd.MultiplyAdd(x, right, a0);
        b0 = TSimd.MultiplyAdd(y, right, b0);
        x = TSimd.Broadcast(upper + (3 * columnStep));
        y = TSimd.Broadcast(lower + (3 * columnStep));
        a3 = TSimd.MultiplyAdd(x, left, a3);
        b3 = TSimd.MultiplyAdd(y, left, b3);
        a2 = TSimd.MultiplyAdd(x, middle, a2);
        b2 = TSimd.MultiplyAdd(y, middle, b2);
        a1 = TSimd.MultiplyAdd(x, right, a1);
        b1 = TSimd.MultiplyAdd(y, right, b1);
        x = TSimd.Broadcast(upper + (4 * columnStep));
        y = TSimd.Broadcast(lower + (4 * columnStep));
        a3 = TSimd.MultiplyAdd(x, middle, a3);
        b3 = TSimd.MultiplyAdd(y, middle, b3);
        a2 = TSimd.MultiplyAdd(x, right, a2);
        b2 = TSimd.MultiplyAdd(y, right, b2);
        x = TSimd.Broadcast(upper + (5 * columnStep));
        y = TSimd.Broadcast(lower + (5 * columnStep));
        a3 = TSimd.MultiplyAdd(x, right, a3);
        b3 = TSimd.MultiplyAdd(y, right, b3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAddEach(float* input, int rows, nint rowStep, nint columnStep, TVector weight)
    {
        a0 = TSimd.MultiplyAdd(TSimd.Load(input), weight, a0);
        a1 = TSimd.MultiplyAdd(TSimd.Load(input + (1 % rows * rowStep) + (1 / rows * columnStep)), weight, a1);
        a2 = TSimd.MultiplyAdd(TSimd.Load(input + (2 % rows * rowStep) + (2 / rows * columnStep)), weight, a2);
        a3 = TSimd.MultiplyAdd(TSimd.Load(input + (3 % rows * rowStep) + (3 / rows * columnStep)), weight, a3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(float* map, int rows, nint rowStep, nint columnStep, bool two, int secondOffset)
    {
        a0 = TSimd.Add(a0, TSimd.Load(map));
        a1 = TSimd.Add(a1, TSimd.Load(map + (1 % rows * rowStep) + (1 / rows * columnStep)));
        a2 = TSimd.Add(a2, TSimd.Load(map + (2 % rows * rowStep) + (2 / rows * columnStep)));
        a3 = TSimd.Add(a3, TSimd.Load(map + (3 % rows * rowStep) + (3 / rows * columnStep)));
        if (!two) return;
        map += secondOffset;
        b0 = TSimd.Add(b0, TSimd.Load(map));
        b1 = TSimd.Add(b1, TSimd.Load(map + (1 % rows * rowStep) + (1 / rows * columnStep)));
        b2 = TSimd.Add(b2, TSimd.Load(map + (2 % rows * rowStep) + (2 / rows * columnStep)));
        b3 = TSimd.Add(b3, TSimd.Load(map + (3 % rows * rowStep) + (3 / rows * columnStep)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AtLeast(TVector floor, bool two)
    {
        a0 = TSimd.AtLeast(floor, a0);
        a1 = TSimd.AtLeast(floor, a1);
        a2 = TSimd.AtLeast(floor, a2);
        a3 = TSimd.AtLeast(floor, a3);
        if (!two) return;
        b0 = TSimd.AtLeast(floor, b0);
        b1 = TSimd.AtLeast(floor, b1);
        b2 = TSimd.AtLeast(floor, b2);
        b3 = TSimd.AtLeast(floor, b3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AtMost(TVector ceiling, bool two)
    {
        a0 = TSimd.AtMost(ceiling, a0);
        a1 = TSimd.AtMost(ceiling, a1);
        a2 = TSimd.AtMost(ceiling, a2);
        a3 = TSimd.AtMost(ceiling, a3);
        if (!two) return;
        b0 = TSimd.AtMost(ceiling, b0);
        b1 = TSimd.AtMost(ceiling, b1);
        b2 = TSimd.AtMost(ceiling, b2);
        b3 = TSimd.AtMost(ceiling, b3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* output, int rows, nint rowStep, nint columnStep, bool two, int secondOffset)
    {
        TSimd.Store(a0, output);
        TSimd.Store(a1, output + (1 % rows * rowStep) + (1 / rows * columnStep));
        TSimd.Store(a2, output + (2 % rows * rowStep) + (2 / rows * columnStep));
        TSimd.Store(a3, output + (3 % rows * rowStep) + (3 / rows * columnStep));
        if (!two) return;
        output += secondOffset;
        TSimd.Store(b0, output);
        TSimd.Store(b1, output + (1 % rows * rowStep) + (1 / rows * columnStep));
        TSimd.Store(b2, output + (2 % rows * rowStep) + (2 / rows * columnStep));
        TSimd.Store(b3, output + (3 % rows * rowStep) + (3 / rows * columnStep));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreLargest(float* output, nint columnStep, bool two, int secondOffset)
    {
        TSimd.Store(TSimd.Max(TSimd.Max(a0, a1), TSimd.Max(a2, a3)), output);
        if (!two) return;
        output += secondOffset;
        TSimd.Store(TSimd.Max(TSimd.Max(b0, b1), TSimd.Max(b2, b3)), output);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreLargestOfBoth(float* output, nint columnStep)
    {
        TSimd.Store(TSimd.Max(TSimd.Max(a0, a1), TSimd.Max(b0, b1)), output);
        TSimd.Store(TSimd.Max(TSimd.Max(a2, a3), TSimd.Max(b2, b3)), output + columnStep);
    }
}

/// <summary>Five pixels.</summary>
internal unsafe struct Tile5<TSimd, TVector> : ITile<TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    // a3 is pixel 3 of the first vector of output channels, b3 of the second.
    private TVector a0, a1, a2, a3, a4;
    private TVector b0, b1, b2, b3, b4;

    public static int Pixels => 5;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Start(TVector first, TVector second)
    {
        a0 = a1 = a2 = a3 = a4 = first;
        b0 = b1 = b2 = b3 = b4 = second;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(float* input, int rows, nint rowStep, nint columnStep, TVector weights)
    {
        a0 = TSimd.MultiplyAdd(TSimd.Broadcast(input), weights, a0);
        a1 = TSimd.MultiplyAdd(TSimd.Broadcast(input + (1 % rows * rowStep) + (1 / rows * columnStep)), weights, a1);
        a2 = TSimd.MultiplyAdd(TSimd.Broadcast(input + (2 % rows * rowStep) + (2 / rows * columnStep)), weights, a2);
        a3 = TSimd.MultiplyAdd(TSimd.Broadcast(input + (3 % rows * rowStep) + (3 / rows * columnStep)), weights, a3);
        a4 = TSimd.MultiplyAdd(TSimd.Broadcast(input + (4 % rows * rowStep) + (4 / rows * columnStep)), weights, a4);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(float* input, int rows, nint rowStep, nint columnStep, TVector first, TVector second)
    {
        TVector x0 = TSimd.Broadcast(input);
        a0 = TSimd.MultiplyAdd(x0, first, a0);
        b0 = TSimd.MultiplyAdd(x0, second, b0);
        TVector x1 = TSimd.Broadcast(input + (1 % rows * rowStep) + (1 / rows * columnStep));
        a1 = TSimd.MultiplyAdd(x1, first, a1);
        b1 = TSimd.MultiplyAdd(x1, second, b1);
        TVector x2 = TSimd.Broadcast(input + (2 % rows * rowStep) + (2 / rows * columnStep));
        a2 = TSimd.MultiplyAdd(x2, first, a2);
        b2 = TSimd.MultiplyAdd(x2, second, b2);
        TVector x3 = TSimd.Broadcast(input + (3 % rows * rowStep) + (3 / rows * columnStep));
        a3 = TSimd.MultiplyAdd(x3, first, a3);
        b3 = TSimd.MultiplyAdd(x3, second, b3);
        TVector x4 = TSimd.Broadcast(input + (4 % rows * rowStep) + (4 / rows * columnStep));
        a4 = TSimd.MultiplyAdd(x4, first, a4);
        b4 = TSimd.MultiplyAdd(x4, second, b4);
    }

    public void MultiplyAddThree(float* upper, float* lower, nint columnStep, TVector left, TVector middle, TVector right)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAddEach(float* input, int rows, nint rowStep, nint columnStep, TVector weight)
    {
        a0 = TSimd.MultiplyAdd(TSimd.Load(input), weight, a0);
        a1 = TSimd.MultiplyAdd(TSimd.Load(input + (1 % rows * rowStep) + (1 / rows * columnStep)), weight, a1);
        a2 = TSimd.MultiplyAdd(TSimd.Load(input + (2 % rows * rowStep) + (2 / rows * columnStep)), weight, a2);
        a3 = TSimd.MultiplyAdd(TSimd.Load(input + (3 % rows * rowStep) + (3 / rows * columnStep)), weight, a3);
        a4 = TSimd.MultiplyAdd(TSimd.Load(input + (4 % rows * rowStep) + (4 / rows * columnStep)), weight, a4);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(float* map, int rows, nint rowStep, nint columnStep, bool two, int secondOffset)
    {
        a0 = TSimd.Add(a0, TSimd.Load(map));
        a1 = TSimd.Add(a1, TSimd.Load(map + (1 % rows * rowStep) + (1 / rows * columnStep)));
        a2 = TSimd.Add(a2, TSimd.Load(map + (2 % rows * rowStep) + (2 / rows * columnStep)));
        a3 = TSimd.Add(a3, TSimd.Load(map + (3 % rows * rowStep) + (3 / rows * columnStep)));
        a4 = TSimd.Add(a4, TSimd.Load(map + (4 % rows * rowStep) + (4 / rows * columnStep)));
        if (!two) return;
        map += secondOffset;
        b0 = TSimd.Add(b0, TSimd.Load(map));
        b1 = TSimd.Add(b1, TSimd.Load(map + (1 % rows * rowStep) + (1 / rows * columnStep)));
        b2 = TSimd.Add(b2, TSimd.Load(map + (2 % rows * rowStep) + (2 / rows * columnStep)));
        b3 = TSimd.Add(b3, TSimd.Load(map + (3 % rows * rowStep) + (3 / rows * columnStep)));
        b4 = TSimd.Add(b4, TSimd.Load(map + (4 % rows * rowStep) + (4 / rows * columnStep)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AtLeast(TVector floor, bool two)
    {
        a0 = TSimd.AtLeast(floor, a0);
        a1 = TSimd.AtLeast(floor, a1);
        a2 = TSimd.AtLeast(floor, a2);
        a3 = TSimd.AtLeast(floor, a3);
        a4 = TSimd.AtLeast(floor, a4);
        if (!two) return;
        b0 = TSimd.AtLeast(floor, b0);
        b1 = TSimd.AtLeast(floor, b1);
        b2 = TSimd.AtLeast(floor, b2);
        b3 = TSimd.AtLeast(floor, b3);
        b4 = TSimd.AtLeast(floor, b4);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AtMost(TVector ceiling, bool two)
    {
        a0 = TSimd.AtMost(ceiling, a0);
        a1 = TSimd.AtMost(ceiling, a1);
        a2 = TSimd.AtMost(ceiling, a2);
        a3 = TSimd.AtMost(ceiling, a3);
        a4 = TSimd.AtMost(ceiling, a4);
        if (!two) return;
        b0 = TSimd.AtMost(ceiling, b0);
        b1 = TSimd.AtMost(ceiling, b1);
        b2 = TSimd.AtMost(ceiling, b2);
        b3 = TSimd.AtMost(ceiling, b3);
        b4 = TSimd.AtMost(ceiling, b4);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* output, int rows, nint rowStep, nint columnStep, bool two, int secondOffset)
    {
        TSimd.Store(a0, output);
        TSimd.Store(a1, output + (1 % rows * rowStep) + (1 / rows * columnStep));
        TSimd.Store(a2, output + (2 % rows * rowStep) + (2 / rows * columnStep));
        TSimd.Store(a3, output + (3 % rows * rowStep) + (3 / rows * columnStep));
        TSimd.Store(a4, output + (4 % rows * rowStep) + (4 / rows * columnStep));
        if (!two) return;
        output += secondOffset;
        TSimd.Store(b0, output);
        TSimd.Store(b1, output + (1 % rows * rowStep) + (1 / rows * columnStep));
        TSimd.Store(b2, output + (2 % rows * rowStep) + (2 / rows * columnStep));
        TSimd.Store(b3, output + (3 % rows * rowStep) + (3 / rows * columnStep));
        TSimd.Store(b4, output + (4 % rows * rowStep) + (4 / rows * columnStep));
    }

    public void StoreLargest(float* output, nint columnStep, bool two, int secondOffset)
    {
    }

    public void StoreLargestOfBoth(float* output, nint columnStep)
    {
    }
}

/// <summary>Six pixels.</summary>
internal unsafe struct Tile6<TSimd, TVector> : ITile<TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    // a3 is pixel 3 of the first vector of output channels, b3 of the second.
    private TVector a0, a1, a2, a3, a4, a5;
    private TVector b0, b1, b2, b3, b4, b5;

    public static int Pixels => 6;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Start(TVector first, TVector second)
    {
        a0 = a1 = a2 = a3 = a4 = a5 = first;
        b0 = b1 = b2 = b3 = b4 = b5 = second;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(float* input, int rows, nint rowStep, nint columnStep, TVector weights)
    {
        a0 = TSimd.MultiplyAdd(TSimd.Broadcast(input), weights, a0);
        a1 = TSimd.MultiplyAdd(TSimd.Broadcast(input + (1 % rows * rowStep) + (1 / rows * columnStep)), weights, a1);
        a2 = TSimd.MultiplyAdd(TSimd.Broadcast(input + (2 % rows * rowStep) + (2 / rows * columnStep)), weights, a2);
        a3 = TSimd.MultiplyAdd(TSimd.Broadcast(input + (3 % rows * rowStep) + (3 / rows * columnStep)), weights, a3);
        a4 = TSimd.MultiplyAdd(TSimd.Broadcast(input + (4 % rows * rowStep) + (4 / rows * columnStep)), weights, a4);
        a5 = TSimd.MultiplyAdd(TSimd.Broadcast(input + (5 % rows * rowStep) + (5 / rows * columnStep)), weights, a5);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(float* input, int rows, nint rowStep, nint columnStep, TVector first, TVector second)
    {
        TVector x0 = TSimd.Broadcast(input);
        a0 = TSimd.MultiplyAdd(x0, first, a0);
        b0 = TSimd.MultiplyAdd(x0, second, b0);
        TVector x1 = TSimd.Broadcast(input + (1 % rows * rowStep) + (1 / rows * columnStep));
        a1 = TSimd.MultiplyAdd(x1, first, a1);
        b1 = TSimd.MultiplyAdd(x1, second, b1);
        TVector x2 = TSimd.Broadcast(input + (2 % rows * rowStep) + (2 / rows * columnStep));
        a2 = TSimd.MultiplyAdd(x2, first, a2);
        b2 = TSimd.MultiplyAdd(x2, second, b2);
        TVector x3 = TSimd.Broadcast(input + (3 % rows * rowStep) + (3 / rows * columnStep));
        a3 = TSimd.MultiplyAdd(x3, first, a3);
        b3 = TSimd.MultiplyAdd(x3, second, b3);
        TVector x4 = TSimd.Broadcast(input + (4 % rows * rowStep) + (4 / rows * columnStep));
        a4 = TSimd.MultiplyAdd(x4, first, a4);
        b4 = TSimd.MultiplyAdd(x4, second, b4);
        TVector x5 = TSimd.Broadcast(input + (5 % rows * rowStep) + (5 / rows * columnStep));
        a5 = TSimd.MultiplyAdd(x5, first, a5);
        b5 = TSimd.MultiplyAdd(x5, second, b5);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAddThree(float* upper, float* lower, nint columnStep, TVector left, TVector middle, TVector right)
    {
        TVector x = TSimd.Broadcast(upper);
        TVector y = TSimd.Broadcast(lower);
        a0 = TSimd.MultiplyAdd(x, left, a0);
        b0 = TSimd.MultiplyAdd(y, left, b0);
        x = TSimd.Broadcast(upper + columnStep);
        y = TSimd.Broadcast(lower + columnStep);
        a1 = TSimd.MultiplyAdd(x, left, a1);
        b1 = TSimd.MultiplyAdd(y, left, b1);
        a0 = TSimd.MultiplyAdd(x, middle, a0);
        b0 = TSimd.MultiplyAdd(y, middle, b0);
        x = TSimd.Broadcast(upper + (2 * columnStep));
        y = TSimd.Broadcast(lower + (2 * columnStep));
        a2 = TSimd.MultiplyAdd(x, left, a2);
        b2 = TSimd.MultiplyAdd(y, left, b2);
        a1 = TSimd.MultiplyAdd(x, middle, a1);
        b1 = TSimd.MultiplyAdd(y, middle, b1);
        a0 = TSimd.MultiplyAdd(x, right, a0);
        b0 = TSimd.MultiplyAdd(y, right, b0);
        x = TSimd.Broadcast(upper + (3 * columnStep));
        y = TSimd.Broadcast(lower + (3 * columnStep));
        a3 = TSimd.MultiplyAdd(x, left, a3);
        b3 = TSimd.MultiplyAdd(y, left, b3);
        a2 = TSimd.MultiplyAdd(x, middle, a2);
        b2 = TSimd.MultiplyAdd(y, middle, b2);
        a1 = TSimd.MultiplyAdd(x, right, a1);
        b1 = TSimd.MultiplyAdd(y, right, b1);
        x = TSimd.Broadcast(upper + (4 * columnStep));
        y = TSimd.Broadcast(lower + (4 * columnStep));
        a4 = TSimd.MultiplyAdd(x, left, a4);
        b4 = TSimd.MultiplyAdd(y, left, b4);
        a3 = TSimd.MultiplyAdd(x, middle, a3);
        b3 = TSimd.MultiplyAdd(y, middle, b3);
        a2 = TSimd.MultiplyAdd(x, right, a2);
        b2 = TSimd.MultiplyAdd(y, right, b2);
        x = TSimd.Broadcast(upper + (5 * columnStep));
        y = TSimd.Broadcast(lower + (5 * columnStep));
        a5 = TSimd.MultiplyAdd(x, left, a5);
        b5 = TSimd.MultiplyAdd(y, left, b5);
        a4 = TSimd.MultiplyAdd(x, middle, a4);
        b4 = TSimd.MultiplyAdd(y, middle, b4);
        a3 = TSimd.MultiplyAdd(x, right, a3);
        b3 = TSimd.MultiplyAdd(y, right, b3);
        x = TSimd.Broadcast(upper + (6 * columnStep));
        y = TSimd.Broadcast(lower + (6 * columnStep));
        a5 = TSimd.MultiplyAdd(x, middle, a5);
        b5 = TSimd.MultiplyAdd(y, middle, b5);
        a4 = TSimd.MultiplyAdd(x, right, a4);
        b4 = TSimd.MultiplyAdd(y, right, b4);
        x = TSimd.Broadcast(upper + (7 * columnStep));
        y = TSimd.Broadcast(lower + (7 * columnStep));
        a5 = TSimd.MultiplyAdd(x, right, a5);
        b5 = TSimd.MultiplyAdd(y, right, b5);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAddEach(float* input, int rows, nint rowStep, nint columnStep, TVector weight)
    {
        a0 = TSimd.MultiplyAdd(TSimd.Load(input), weight, a0);
        a1 = TSimd.MultiplyAdd(TSimd.Load(input + (1 % rows * rowStep) + (1 / rows * columnStep)), weight, a1);
        a2 = TSimd.MultiplyAdd(TSimd.Load(input + (2 % rows * rowStep) + (2 / rows * columnStep)), weight, a2);
        a3 = TSimd.MultiplyAdd(TSimd.Load(input + (3 % rows * rowStep) + (3 / rows * columnStep)), weight, a3);
        a4 = TSimd.MultiplyAdd(TSimd.Load(input + (4 % rows * rowStep) + (4 / rows * columnStep)), weight, a4);
        a5 = TSimd.MultiplyAdd(TSimd.Load(input + (5 % rows * rowStep) + (5 / rows * columnStep)), weight, a5);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(float* map, int rows, nint rowStep, nint columnStep, bool two, int secondOffset)
    {
        a0 = TSimd.Add(a0, TSimd.Load(map));
        a1 = TSimd.Add(a1, TSimd.Load(map + (1 % rows * rowStep) + (1 / rows * columnStep)));
        a2 = TSimd.Add(a2, TSimd.Load(map + (2 % rows * rowStep) + (2 / rows * columnStep)));
        a3 = TSimd.Add(a3, TSimd.Load(map + (3 % rows * rowStep) + (3 / rows * columnStep)));
        a4 = TSimd.Add(a4, TSimd.Load(map + (4 % rows * rowStep) + (4 / rows * columnStep)));
        a5 = TSimd.Add(a5, TSimd.Load(map + (5 % rows * rowStep) + (5 / rows * columnStep)));
        if (!two) return;
        map += secondOffset;
        b0 = TSimd.Add(b0, TSimd.Load(map));
        b1 = TSimd.Add(b1, TSimd.Load(map + (1 % rows * rowStep) + (1 / rows * columnStep)));
        b2 = TSimd.Add(b2, TSimd.Load(map + (2 % rows * rowStep) + (2 / rows * columnStep)));
        b3 = TSimd.Add(b3, TSimd.Load(map + (3 % rows * rowStep) + (3 / rows * columnStep)));
        b4 = TSimd.Add(b4, TSimd.Load(map + (4 % rows * rowStep) + (4 / rows * columnStep)));
        b5 = TSimd.Add(b5, TSimd.Load(map + (5 % rows * rowStep) + (5 / rows * columnStep)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AtLeast(TVector floor, bool two)
    {
        a0 = TSimd.AtLeast(floor, a0);
        a1 = TSimd.AtLeast(floor, a1);
        a2 = TSimd.AtLeast(floor, a2);
        a3 = TSimd.AtLeast(floor, a3);
        a4 = TSimd.AtLeast(floor, a4);
        a5 = TSimd.AtLeast(floor, a5);
        if (!two) return;
        b0 = TSimd.AtLeast(floor, b0);
        b1 = TSimd.AtLeast(floor, b1);
        b2 = TSimd.AtLeast(floor, b2);
        b3 = TSimd.AtLeast(floor, b3);
        b4 = TSimd.AtLeast(floor, b4);
        b5 = TSimd.AtLeast(floor, b5);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AtMost(TVector ceiling, bool two)
    {
        a0 = TSimd.AtMost(ceiling, a0);
        a1 = TSimd.AtMost(ceiling, a1);
        a2 = TSimd.AtMost(ceiling, a2);
        a3 = TSimd.AtMost(ceiling, a3);
        a4 = TSimd.AtMost(ceiling, a4);
        a5 = TSimd.AtMost(ceiling, a5);
        if (!two) return;
        b0 = TSimd.AtMost(ceiling, b0);
        b1 = TSimd.AtMost(ceiling, b1);
        b2 = TSimd.AtMost(ceiling, b2);
        b3 = TSimd.AtMost(ceiling, b3);
        b4 = TSimd.AtMost(ceiling, b4);
        b5 = TSimd.AtMost(ceiling, b5);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* output, int rows, nint rowStep, nint columnStep, bool two, int secondOffset)
    {
        TSimd.Store(a0, output);
        TSimd.Store(a1, output + (1 % rows * rowStep) + (1 / rows * columnStep));
        TSimd.Store(a2, output + (2 % rows * rowStep) + (2 / rows * columnStep));
        TSimd.Store(a3, output + (3 % rows * rowStep) + (3 / rows * columnStep));
        TSimd.Store(a4, output + (4 % rows * rowStep) + (4 / rows * columnStep));
        TSimd.Store(a5, output + (5 % rows * rowStep) + (5 / rows * columnStep));
        if (!two) return;
        output += secondOffset;
        TSimd.Store(b0, output);
        TSimd.Store(b1, output + (1 % rows * rowStep) + (1 / rows * columnStep));
        TSimd.Store(b2, output + (2 % rows * rowStep) + (2 / rows * columnStep));
        TSimd.Store(b3, output + (3 % rows * rowStep) + (3 / rows * columnStep));
        TSimd.Store(b4, output + (4 % rows * rowStep) + (4 / rows * columnStep));
        TSimd.Store(b5, output + (5 % rows * rowStep) + (5 / rows * columnStep));
    }

    public void StoreLargest(float* output, nint columnStep, bool two, int secondOffset)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreLargestOfBoth(float* output, nint columnStep)
    {
        TSimd.Store(TSimd.Max(TSimd.Max(a0, a1), TSimd.Max(b0, b1)), output);
        TSimd.Store(TSimd.Max(TSimd.Max(a2, a3), TSimd.Max(b2, b3)), output + columnStep);
        TSimd.Store(TSimd.Max(TSimd.Max(a4, a5), TSimd.Max(b4, b5)), output + (2 * columnStep));
    }
}

/// <summary>Seven pixels.</summary>
internal unsafe struct Tile7<TSimd, TVector> : ITile<TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    // a3 is pixel 3 of the first vector of output channels, b3 of the second.
    private TVector a0, a1, a2, a3, a4, a5, a6;
    private TVector b0, b1, b2, b3, b4, b5, b6;

    public static int Pixels => 7;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Start(TVector first, TVector second)
    {
        a0 = a1 = a2 = a3 = a4 = a5 = a6 = first;
        b0 = b1 = b2 = b3 = b4 = b5 = b6 = second;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(float* input, int rows, nint rowStep, nint columnStep, TVector weights)
    {
        a0 = TSimd.MultiplyAdd(TSimd.Broadcast(input), weights, a0);
        a1 = TSimd.MultiplyAdd(TSimd.Broadcast(input + (1 % rows * rowStep) + (1 / rows * columnStep)), weights, a1);
        a2 = TSimd.MultiplyAdd(TSimd.Broadcast(input + (2 % rows * rowStep) + (2 / rows * columnStep)), weights, a2);
        a3 = TSimd.MultiplyAdd(TSimd.Broadcast(input + (3 % rows * rowStep) + (3 / rows * columnStep)), weights, a3);
        a4 = TSimd.MultiplyAdd(TSimd.Broadcast(input + (4 % rows * rowStep) + (4 / rows * columnStep)), weights, a4);
        a5 = TSimd.MultiplyAdd(TSimd.Broadcast(input + (5 % rows * rowStep) + (5 / rows * columnStep)), weights, a5);
        a6 = TSimd.MultiplyAdd(TSimd.Broadcast(input + (6 % rows * rowStep) + (6 / rows * columnStep)), weights, a6);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(float* input, int rows, nint rowStep, nint columnStep, TVector first, TVector second)
    {
        TVector x0 = TSimd.Broadcast(input);
        a0 = TSimd.MultiplyAdd(x0, first, a0);
        b0 = TSimd.MultiplyAdd(x0, second, b0);
        TVector x1 = TSimd.Broadcast(input + (1 % rows * rowStep) + (1 / rows * columnStep));
        a1 = TSimd.MultiplyAdd(x1, first, a1);
        b1 = TSimd.MultiplyAdd(x1, second, b1);
        TVector x2 = TSimd.Broadcast(input + (2 % rows * rowStep) + (2 / rows * columnStep));
        a2 = TSimd.MultiplyAdd(x2, first, a2);
        b2 = TSimd.MultiplyAdd(x2, second, b2);
        TVector x3 = TSimd.Broadcast(input + (3 % rows * rowStep) + (3 / rows * columnStep));
        a3 = TSimd.MultiplyAdd(x3, first, a3);
        b3 = TSimd.MultiplyAdd(x3, second, b3);
        TVector x4 = TSimd.Broadcast(input + (4 % rows * rowStep) + (4 / rows * columnStep));
        a4 = TSimd.MultiplyAdd(x4, first, a4);
        b4 = TSimd.MultiplyAdd(x4, second, b4);
        TVector x5 = TSimd.Broadcast(input + (5 % rows * rowStep) + (5 / rows * columnStep));
        a5 = TSimd.MultiplyAdd(x5, first, a5);
        b5 = TSimd.MultiplyAdd(x5, second, b5);
        TVector x6 = TSimd.Broadcast(input + (6 % rows * rowStep) + (6 / rows * columnStep));
        a6 = TSimd.MultiplyAdd(x6, first, a6);
        b6 = TSimd.MultiplyAdd(x6, second, b6);
    }

    public void MultiplyAddThree(float* upper, float* lower, nint columnStep, TVector left, TVector middle, TVector right)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAddEach(float* input, int rows, nint rowStep, nint columnStep, TVector weight)
    {
        a0 = TSimd.MultiplyAdd(TSimd.Load(input), weight, a0);
        a1 = TSimd.MultiplyAdd(TSimd.Load(input + (1 % rows * rowStep) + (1 / rows * columnStep)), weight, a1);
        a2 = TSimd.MultiplyAdd(TSimd.Load(input + (2 % rows * rowStep) + (2 / rows * columnStep)), weight, a2);
        a3 = TSimd.MultiplyAdd(TSimd.Load(input + (3 % rows * rowStep) + (3 / rows * columnStep)), weight, a3);
        a4 = TSimd.MultiplyAdd(TSimd.Load(input + (4 % rows * rowStep) + (4 / rows * columnStep)), weight, a4);
        a5 = TSimd.MultiplyAdd(TSimd.Load(input + (5 % rows * rowStep) + (5 / rows * columnStep)), weight, a5);
        a6 = TSimd.MultiplyAdd(TSimd.Load(input + (6 % rows * rowStep) + (6 / rows * columnStep)), weight, a6);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(float* map, int rows, nint rowStep, nint columnStep, bool two, int secondOffset)
    {
        a0 = TSimd.Add(a0, TSimd.Load(map));
        a1 = TSimd.Add(a1, TSimd.Load(map + (1 % rows * rowStep) + (1 / rows * columnStep)));
        a2 = TSimd.Add(a2, TSimd.Load(map + (2 % rows * rowStep) + (2 / rows * columnStep)));
        a3 = TSimd.Add(a3, TSimd.Load(map + (3 % rows * rowStep) + (3 / rows * columnStep)));
        a4 = TSimd.Add(a4, TSimd.Load(map + (4 % rows * rowStep) + (4 / rows * columnStep)));
        a5 = TSimd.Add(a5, TSimd.Load(map + (5 % rows * rowStep) + (5 / rows * columnStep)));
        a6 = TSimd.Add(a6, TSimd.Load(map + (6 % rows * rowStep) + (6 / rows * columnStep)));
        if (!two) return;
        map += secondOffset;
        b0 = TSimd.Add(b0, TSimd.Load(map));
        b1 = TSimd.Add(b1, TSimd.Load(map + (1 % rows * rowStep) + (1 / rows * columnStep)));
        b2 = TSimd.Add(b2, TSimd.Load(map + (2 % rows * rowStep) + (2 / rows * columnStep)));
        b3 = TSimd.Add(b3, TSimd.Load(map + (3 % rows * rowStep) + (3 / rows * columnStep)));
        b4 = TSimd.Add(b4, TSimd.Load(map + (4 % rows * rowStep) + (4 / rows * columnStep)));
        b5 = TSimd.Add(b5, TSimd.Load(map + (5 % rows * rowStep) + (5 / rows * columnStep)));
        b6 = TSimd.Add(b6, TSimd.Load(map + (6 % rows * rowStep) + (6 / rows * columnStep)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AtLeast(TVector floor, bool two)
    {
        a0 = TSimd.AtLeast(floor, a0);
        a1 = TSimd.AtLeast(floor, a1);
        a2 = TSimd.AtLeast(floor, a2);
        a3 = TSimd.AtLeast(floor, a3);
        a4 = TSimd.AtLeast(floor, a4);
        a5 = TSimd.AtLeast(floor, a5);
        a6 = TSimd.AtLeast(floor, a6);
        if (!two) return;
        b0 = TSimd.AtLeast(floor, b0);
        b1 = TSimd.AtLeast(floor, b1);
        b2 = TSimd.AtLeast(floor, b2);
        b3 = TSimd.AtLeast(floor, b3);
        b4 = TSimd.AtLeast(floor, b4);
        b5 = TSimd.AtLeast(floor, b5);
        b6 = TSimd.AtLeast(floor, b6);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AtMost(TVector ceiling, bool two)
    {
        a0 = TSimd.AtMost(ceiling, a0);
        a1 = TSimd.AtMost(ceiling, a1);
        a2 = TSimd.AtMost(ceiling, a2);
        a3 = TSimd.AtMost(ceiling, a3);
        a4 = TSimd.AtMost(ceiling, a4);
        a5 = TSimd.AtMost(ceiling, a5);
        a6 = TSimd.AtMost(ceiling, a6);
        if (!two) return;
        b0 = TSimd.AtMost(ceiling, b0);
        b1 = TSimd.AtMost(ceiling, b1);
        b2 = TSimd.AtMost(ceiling, b2);
        b3 = TSimd.AtMost(ceiling, b3);
        b4 = TSimd.AtMost(ceiling, b4);
        b5 = TSimd.AtMost(ceiling, b5);
        b6 = TSimd.AtMost(ceiling, b6);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* output, int rows, nint rowStep, nint columnStep, bool two, int secondOffset)
    {
        TSimd.Store(a0, output);
        TSimd.Store(a1, output + (1 % rows * rowStep) + (1 / rows * columnStep));
        TSimd.Store(a2, output + (2 % rows * rowStep) + (2 / rows * columnStep));
        TSimd.Store(a3, output + (3 % rows * rowStep) + (3 / rows * columnStep));
        TSimd.Store(a4, output + (4 % rows * rowStep) + (4 / rows * columnStep));
        TSimd.Store(a5, output + (5 % rows * rowStep) + (5 / rows * columnStep));
        TSimd.Store(a6, output + (6 % rows * rowStep) + (6 / rows * columnStep));
        if (!two) return;
        output += secondOffset;
        TSimd.Store(b0, output);
        TSimd.Store(b1, output + (1 % rows * rowStep) + (1 / rows * columnStep));
        TSimd.Store(b2, output + (2 % rows * rowStep) + (2 / rows * columnStep));
        TSimd.Store(b3, output + (3 % rows * rowStep) + (3 / rows * columnStep));
        TSimd.Store(b4, output + (4 % rows * rowStep) + (4 / rows * columnStep));
        TSimd.Store(b5, output + (5 % rows * rowStep) + (5 / rows * columnStep));
        TSimd.Store(b6, output + (6 % rows * rowStep) + (6 / rows * columnStep));
    }

    public void StoreLargest(float* output, nint columnStep, bool two, int secondOffset)
    {
    }

    public void StoreLargestOfBoth(float* output, nint columnStep)
    {
    }
}

/// <summary>Eight pixels.</summary>
internal unsafe struct Tile8<TSimd, TVector> : ITile<TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    // a3 is pixel 3 of the first vector of output channels, b3 of the second.
    private TVector a0, a1, a2, a3, a4, a5, a6, a7;
    private TVector b0, b1, b2, b3, b4, b5, b6, b7;

    public static int Pixels => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Start(TVector first, TVector second)
    {
        a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = first;
        b0 = b1 = b2 = b3 = b4 = b5 = b6 = b7 = second;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(float* input, int rows, nint rowStep, nint columnStep, TVector weights)
    {
        a0 = TSimd.MultiplyAdd(TSimd.Broadcast(input), weights, a0);
        a1 = TSimd.MultiplyAdd(TSimd.Broadcast(input + (1 % rows * rowStep) + (1 / rows * columnStep)), weights, a1);
        a2 = TSimd.MultiplyAdd(TSimd.Broadcast(input + (2 % rows * rowStep) + (2 / rows * columnStep)), weights, a2);
        a3 = TSimd.MultiplyAdd(TSimd.Broadcast(input + (3 % rows * rowStep) + (3 / rows * columnStep)), weights, a3);
        a4 = TSimd.MultiplyAdd(TSimd.Broadcast(input + (4 % rows * rowStep) + (4 / rows * columnStep)), weights, a4);
        a5 = TSimd.MultiplyAdd(TSimd.Broadcast(input + (5 % rows * rowStep) + (5 / rows * columnStep)), weights, a5);
        a6 = TSimd.MultiplyAdd(TSimd.Broadcast(input + (6 % rows * rowStep) + (6 / rows * columnStep)), weights, a6);
        a7 = TSimd.MultiplyAdd(TSimd.Broadcast(input + (7 % rows * rowStep) + (7 / rows * columnStep)), weights, a7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(float* input, int rows, nint rowStep, nint columnStep, TVector first, TVector second)
    {
        TVector x0 = TSimd.Broadcast(input);
        a0 = TSimd.MultiplyAdd(x0, first, a0);
        b0 = TSimd.MultiplyAdd(x0, second, b0);
        TVector x1 = TSimd.Broadcast(input + (1 % rows * rowStep) + (1 / rows * columnStep));
        a1 = TSimd.MultiplyAdd(x1, first, a1);
        b1 = TSimd.MultiplyAdd(x1, second, b1);
        TVector x2 = TSimd.Broadcast(input + (2 % rows * rowStep) + (2 / rows * columnStep));
        a2 = TSimd.MultiplyAdd(x2, first, a2);
        b2 = TSimd.MultiplyAdd(x2, second, b2);
        TVector x3 = TSimd.Broadcast(input + (3 % rows * rowStep) + (3 / rows * columnStep));
        a3 = TSimd.MultiplyAdd(x3, first, a3);
        b3 = TSimd.MultiplyAdd(x3, second, b3);
        TVector x4 = TSimd.Broadcast(input + (4 % rows * rowStep) + (4 / rows * columnStep));
        a4 = TSimd.MultiplyAdd(x4, first, a4);
        b4 = TSimd.MultiplyAdd(x4, second, b4);
        TVector x5 = TSimd.Broadcast(input + (5 % rows * rowStep) + (5 / rows * columnStep));
        a5 = TSimd.MultiplyAdd(x5, first, a5);
        b5 = TSimd.MultiplyAdd(x5, second, b5);
        TVector x6 = TSimd.Broadcast(input + (6 % rows * rowStep) + (6 / rows * columnStep));
        a6 = TSimd.MultiplyAdd(x6, first, a6);
        b6 = TSimd.MultiplyAdd(x6, second, b6);
        TVector x7 = TSimd.Broadcast(input + (7 % rows * rowStep) + (7 / rows * columnStep));
        a7 = TSimd.MultiplyAdd(x7, first, a7);
        b7 = TSimd.MultiplyAdd(x7, second, b7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAddThree(float* upper, float* lower, nint columnStep, TVector left, TVector middle, TVector right)
    {
        TVector x = TSimd.Broadcast(upper);
        TVector y = TSimd.Broadcast(lower);
        a0 = TSimd.MultiplyAdd(x, left, a0);
        b0 = TSimd.MultiplyAdd(y, left, b0);
        x = TSimd.Broadcast(upper + columnStep);
        y = TSimd.Broadcast(lower + columnStep);
        a1 = TSimd.MultiplyAdd(x, left, a1);
        b1 = TSimd.MultiplyAdd(y, left, b1);
        a0 = TSimd.MultiplyAdd(x, middle, a0);
        b0 = TSimd.MultiplyAdd(y, middle, b0);
        x = TSimd.Broadcast(upper + (2 * columnStep));
        y = TSimd.Broadcast(lower + (2 * columnStep));
        a2 = TSimd.MultiplyAdd(x, left, a2);
        b2 = TSimd.MultiplyAdd(y, left, b2);
        a1 = TSimd.MultiplyAdd(x, middle, a1);
        b1 = TSimd.MultiplyAdd(y, middle, b1);
        a0 = TSimd.MultiplyAdd(x, right, a0);
        b0 = TSimd.MultiplyAdd(y, right, b0);
        x = TSimd.Broadcast(upper + (3 * columnStep));
        y = TSimd.Broadcast(lower + (3 * columnStep));
        a3 = TSimd.MultiplyAdd(x, left, a3);
        b3 = TSimd.MultiplyAdd(y, left, b3);
        a2 = TSimd.MultiplyAdd(x, middle, a2);
        b2 = TSimd.MultiplyAdd(y, middle, b2);
        a1 = TSimd.MultiplyAdd(x, right, a1);
        b1 = TSimd.MultiplyAdd(y, right, b1);
        x = TSimd.Broadcast(upper + (4 * columnStep));
        y = TSimd.Broadcast(lower + (4 * columnStep));
        a4 = TSimd.MultiplyAdd(x, left, a4);
        b4 = TSimd.MultiplyAdd(y, left, b4);
        a3 = TSimd.MultiplyAdd(x, middle, a3);
        b3 = TSimd.MultiplyAdd(y, middle, b3);
        a2 = TSimd.MultiplyAdd(x, right, a2);
        b2 = TSimd.MultiplyAdd(y, right, b2);
        x = TSimd.Broadcast(upper + (5 * columnStep));
        y = TSimd.Broadcast(lower + (5 * columnStep));
        a5 = TSimd.MultiplyAdd(x, left, a5);
        b5 = TSimd.MultiplyAdd(y, left, b5);
        a4 = TSimd.MultiplyAdd(x, middle, a4);
        b4 = TSimd.MultiplyAdd(y, middle, b4);
        a3 = TSimd.MultiplyAdd(x, right, a3);
        b3 = TSimd.MultiplyAdd(y, right, b3);
        x = TSimd.Broadcast(upper + (6 * columnStep));
        y = TSimd.Broadcast(lower + (6 * columnStep));
        a6 = TSimd.MultiplyAdd(x, left, a6);
        b6 = TSimd.MultiplyAdd(y, left, b6);
        a5 = TSimd.MultiplyAdd(x, middle, a5);
        b5 = TSimd.MultiplyAdd(y, middle, b5);
        a4 = TSimd.MultiplyAdd(x, right, a4);
        b4 = TSimd.MultiplyAdd(y, right, b4);
        x = TSimd.Broadcast(upper + (7 * columnStep));
        y = TSimd.Broadcast(lower + (7 * columnStep));
        a7 = TSimd.MultiplyAdd(x, left, a7);
        b7 = TSimd.MultiplyAdd(y, left, b7);
        a6 = TSimd.MultiplyAdd(x, middle, a6);
        b6 = TSimd.MultiplyAdd(y, middle, b6);
        a5 = TSimd.MultiplyAdd(x, right, a5);
        b5 = TSimd.MultiplyAdd(y, right, b5);
        x = TSimd.Broadcast(upper + (8 * columnStep));
        y = TSimd.Broadcast(lower + (8 * columnStep));
        a7 = TSimd.MultiplyAdd(x, middle, a7);
        b7 = TSimd.MultiplyAdd(y, middle, b7);
        a6 = TSimd.MultiplyAdd(x, right, a6);
        b6 = TSimd.MultiplyAdd(y, right, b6);
        x = TSimd.Broadcast(upper + (9 * columnStep));
        y = TSimd.Broadcast(lower + (9 * columnStep));
        a7 = TSimd.MultiplyAdd(x, right, a7);
        b7 = TSimd.MultiplyAdd(y, right, b7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAddEach(float* input, int rows, nint rowStep, nint columnStep, TVector weight)
    {
        a0 = TSimd.MultiplyAdd(TSimd.Load(input), weight, a0);
        a1 = TSimd.MultiplyAdd(TSimd.Load(input + (1 % rows * rowStep) + (1 / rows * columnStep)), weight, a1);
        a2 = TSimd.MultiplyAdd(TSimd.Load(input + (2 % rows * rowStep) + (2 / rows * columnStep)), weight, a2);
        a3 = TSimd.MultiplyAdd(TSimd.Load(input + (3 % rows * rowStep) + (3 / rows * columnStep)), weight, a3);
        a4 = TSimd.MultiplyAdd(TSimd.Load(input + (4 % rows * rowStep) + (4 / rows * columnStep)), weight, a4);
        a5 = TSimd.MultiplyAdd(TSimd.Load(input + (5 % rows * rowStep) + (5 / rows * columnStep)), weight, a5);
        a6 = TSimd.MultiplyAdd(TSimd.Load(input + (6 % rows * rowStep) + (6 / rows * columnStep)), weight, a6);
        a7 = TSimd.MultiplyAdd(TSimd.Load(input + (7 % rows * rowStep) + (7 / rows * columnStep)), weight, a7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(float* map, int rows, nint rowStep, nint columnStep, bool two, int secondOffset)
    {
        a0 = TSimd.Add(a0, TSimd.Load(map));
        a1 = TSimd.Add(a1, TSimd.Load(map + (1 % rows * rowStep) + (1 / rows * columnStep)));
        a2 = TSimd.Add(a2, TSimd.Load(map + (2 % rows * rowStep) + (2 / rows * columnStep)));
        a3 = TSimd.Add(a3, TSimd.Load(map + (3 % rows * rowStep) + (3 / rows * columnStep)));
        a4 = TSimd.Add(a4, TSimd.Load(map + (4 % rows * rowStep) + (4 / rows * columnStep)));
        a5 = TSimd.Add(a5, TSimd.Load(map + (5 % rows * rowStep) + (5 / rows * columnStep)));
        a6 = TSimd.Add(a6, TSimd.Load(map + (6 % rows * rowStep) + (6 / rows * columnStep)));
        a7 = TSimd.Add(a7, TSimd.Load(map + (7 % rows * rowStep) + (7 / rows * columnStep)));
        if (!two) return;
        map += secondOffset;
        b0 = TSimd.Add(b0, TSimd.Load(map));
        b1 = TSimd.Add(b1, TSimd.Load(map + (1 % rows * rowStep) + (1 / rows * columnStep)));
        b2 = TSimd.Add(b2, TSimd.Load(map + (2 % rows * rowStep) + (2 / rows * columnStep)));
        b3 = TSimd.Add(b3, TSimd.Load(map + (3 % rows * rowStep) + (3 / rows * columnStep)));
        b4 = TSimd.Add(b4, TSimd.Load(map + (4 % rows * rowStep) + (4 / rows * columnStep)));
        b5 = TSimd.Add(b5, TSimd.Load(map + (5 % rows * rowStep) + (5 / rows * columnStep)));
        b6 = TSimd.Add(b6, TSimd.Load(map + (6 % rows * rowStep) + (6 / rows * columnStep)));
        b7 = TSimd.Add(b7, TSimd.Load(map + (7 % rows * rowStep) + (7 / rows * columnStep)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AtLeast(TVector floor, bool two)
    {
        a0 = TSimd.AtLeast(floor, a0);
        a1 = TSimd.AtLeast(floor, a1);
        a2 = TSimd.AtLeast(floor, a2);
        a3 = TSimd.AtLeast(floor, a3);
        a4 = TSimd.AtLeast(floor, a4);
        a5 = TSimd.AtLeast(floor, a5);
        a6 = TSimd.AtLeast(floor, a6);
        a7 = TSimd.AtLeast(floor, a7);
        if (!two) return;
        b0 = TSimd.AtLeast(floor, b0);
        b1 = TSimd.AtLeast(floor, b1);
        b2 = TSimd.AtLeast(floor, b2);
        b3 = TSimd.AtLeast(floor, b3);
        b4 = TSimd.AtLeast(floor, b4);
        b5 = TSimd.AtLeast(floor, b5);
        b6 = TSimd.AtLeast(floor, b6);
        b7 = TSimd.AtLeast(floor, b7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AtMost(TVector ceiling, bool two)
    {
        a0 = TSimd.AtMost(ceiling, a0);
        a1 = TSimd.AtMost(ceiling, a1);
        a2 = TSimd.AtMost(ceiling, a2);
        a3 = TSimd.AtMost(ceiling, a3);
        a4 = TSimd.AtMost(ceiling, a4);
        a5 = TSimd.AtMost(ceiling, a5);
        a6 = TSimd.AtMost(ceiling, a6);
        a7 = TSimd.AtMost(ceiling, a7);
        if (!two) return;
        b0 = TSimd.AtMost(ceiling, b0);
        b1 = TSimd.AtMost(ceiling, b1);
        b2 = TSimd.AtMost(ceiling, b2);
        b3 = TSimd.AtMost(ceiling, b3);
        b4 = TSimd.AtMost(ceiling, b4);
        b5 = TSimd.AtMost(ceiling, b5);
        b6 = TSimd.AtMost(ceiling, b6);
        b7 = TSimd.AtMost(ceiling, b7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* output, int rows, nint rowStep, nint columnStep, bool two, int secondOffset)
    {
        TSimd.Store(a0, output);
        TSimd.Store(a1, output + (1 % rows * rowStep) + (1 / rows * columnStep));
        TSimd.Store(a2, output + (2 % rows * rowStep) + (2 / rows * columnStep));
        TSimd.Store(a3, output + (3 % rows * rowStep) + (3 / rows * columnStep));
        TSimd.Store(a4, output + (4 % rows * rowStep) + (4 / rows * columnStep));
        TSimd.Store(a5, output + (5 % rows * rowStep) + (5 / rows * columnStep));
        TSimd.Store(a6, output + (6 % rows * rowStep) + (6 / rows * columnStep));
        TSimd.Store(a7, output + (7 % rows * rowStep) + (7 / rows * columnStep));
        if (!two) return;
        output += secondOffset;
        TSimd.Store(b0, output);
        TSimd.Store(b1, output + (1 % rows * rowStep) + (1 / rows * columnStep));
        TSimd.Store(b2, output + (2 % rows * rowStep) + (2 / rows * columnStep));
        TSimd.Store(b3, output + (3 % rows * rowStep) + (3 / rows * columnStep));
        TSimd.Store(b4, output + (4 % rows * rowStep) + (4 / rows * columnStep));
        TSimd.Store(b5, output + (5 % rows * rowStep) + (5 / rows * columnStep));
        TSimd.Store(b6, output + (6 % rows * rowStep) + (6 / rows * columnStep));
        TSimd.Store(b7, output + (7 % rows * rowStep) + (7 / rows * columnStep));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreLargest(float* output, nint columnStep, bool two, int secondOffset)
    {
        TSimd.Store(TSimd.Max(TSimd.Max(a0, a1), TSimd.Max(a2, a3)), output);
        TSimd.Store(TSimd.Max(TSimd.Max(a4, a5), TSimd.Max(a6, a7)), output + columnStep);
        if (!two) return;
        output += secondOffset;
        TSimd.Store(TSimd.Max(TSimd.Max(b0, b1), TSimd.Max(b2, b3)), output);
        TSimd.Store(TSimd.Max(TSimd.Max(b4, b5), TSimd.Max(b6, b7)), output + columnStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreLargestOfBoth(float* output, nint columnStep)
    {
        TSimd.Store(TSimd.Max(TSimd.Max(a0, a1), TSimd.Max(b0, b1)), output);
        TSimd.Store(TSimd.Max(TSimd.Max(a2, a3), TSimd.Max(b2, b3)), output + columnStep);
        TSimd.Store(TSimd.Max(TSimd.Max(a4, a5), TSimd.Max(b4, b5)), output + (2 * columnStep));
        TSimd.Store(TSimd.Max(TSimd.Max(a6, a7), TSimd.Max(b6, b7)), output + (3 * columnStep));
    }
}
