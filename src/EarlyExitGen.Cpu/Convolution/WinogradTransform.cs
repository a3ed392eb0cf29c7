using System.Runtime.CompilerServices;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Convolution;

/// <summary>One of Winograd's minimal filtering algorithms F(m, 3) in one dimension; nested with itself it serves two.</summary>
internal unsafe interface IWinogradTransform
{
    /// <summary>m: outputs of one tile in one dimension.</summary>
    static abstract int Outputs { get; }

    /// <summary>G, [m + 2, 3]: from a filter to its transform.</summary>
    static abstract ReadOnlySpan<double> Filter { get; }

    /// <summary>Bᵀ·d: m + 2 inputs, so many floats apart, to as many.</summary>
    static abstract void TransformInput(float* source, int sourceStep, float* destination, int destinationStep);

    /// <summary>Aᵀ·m: m + 2 products, so many floats apart, to m outputs.</summary>
    static abstract void TransformOutput(float* source, int sourceStep, float* destination, int destinationStep);
}

/// <summary>F(2, 3), with the interpolation points 0, 1, −1, ∞.</summary>
internal readonly unsafe struct WinogradTransform2<TSimd, TVector> : IWinogradTransform
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    public static int Outputs => 2;

    public static ReadOnlySpan<double> Filter =>
    [
        1, 0, 0,
        0.5, 0.5, 0.5,
        0.5, -0.5, 0.5,
        0, 0, 1,
    ];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void TransformInput(float* source, int sourceStep, float* destination, int destinationStep)
    {
        TVector d0 = TSimd.Load(source);
        TVector d1 = TSimd.Load(source + sourceStep);
        TVector d2 = TSimd.Load(source + (2 * sourceStep));
        TVector d3 = TSimd.Load(source + (3 * sourceStep));
        TSimd.Store(TSimd.Subtract(d0, d2), destination);
        TSimd.Store(TSimd.Add(d1, d2), destination + destinationStep);
        TSimd.Store(TSimd.Subtract(d2, d1), destination + (2 * destinationStep));
        TSimd.Store(TSimd.Subtract(d1, d3), destination + (3 * destinationStep));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void TransformOutput(float* source, int sourceStep, float* destination, int destinationStep)
    {
        TVector m0 = TSimd.Load(source);
        TVector m1 = TSimd.Load(source + sourceStep);
        TVector m2 = TSimd.Load(source + (2 * sourceStep));
        TVector m3 = TSimd.Load(source + (3 * sourceStep));
        TSimd.Store(TSimd.Add(TSimd.Add(m0, m1), m2), destination);
        TSimd.Store(TSimd.Subtract(TSimd.Subtract(m1, m2), m3), destination + destinationStep);
    }
}

/// <summary>F(4, 3), with the interpolation points 0, 1, −1, 2, −2, ∞.</summary>
internal readonly unsafe struct WinogradTransform4<TSimd, TVector> : IWinogradTransform
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    public static int Outputs => 4;

    public static ReadOnlySpan<double> Filter =>
    [
        1.0 / 4, 0, 0,
        -1.0 / 6, -1.0 / 6, -1.0 / 6,
        -1.0 / 6, 1.0 / 6, -1.0 / 6,
        1.0 / 24, 1.0 / 12, 1.0 / 6,
        1.0 / 24, -1.0 / 12, 1.0 / 6,
        0, 0, 1,
    ];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void TransformInput(float* source, int sourceStep, float* destination, int destinationStep)
    {
        TVector d0 = TSimd.Load(source);
        TVector d1 = TSimd.Load(source + sourceStep);
        TVector d2 = TSimd.Load(source + (2 * sourceStep));
        TVector d3 = TSimd.Load(source + (3 * sourceStep));
        TVector d4 = TSimd.Load(source + (4 * sourceStep));
        TVector d5 = TSimd.Load(source + (5 * sourceStep));
        TVector four = TSimd.Create(4);
        TVector minusFour = TSimd.Create(-4);
        TVector minusFive = TSimd.Create(-5);
        TSimd.Store(TSimd.MultiplyAdd(four, d0, TSimd.MultiplyAdd(minusFive, d2, d4)), destination);

        TVector even = TSimd.MultiplyAdd(minusFour, d2, d4);
        TVector odd = TSimd.MultiplyAdd(minusFour, d1, d3);
        TSimd.Store(TSimd.Add(even, odd), destination + destinationStep);
        TSimd.Store(TSimd.Subtract(even, odd), destination + (2 * destinationStep));

        even = TSimd.Subtract(d4, d2);
        odd = TSimd.Subtract(d3, d1);
        TSimd.Store(TSimd.MultiplyAdd(TSimd.Create(2), odd, even), destination + (3 * destinationStep));
        TSimd.Store(TSimd.MultiplyAdd(TSimd.Create(-2), odd, even), destination + (4 * destinationStep));
        TSimd.Store(TSimd.MultiplyAdd(four, d1, TSimd.MultiplyAdd(minusFive, d3, d5)), destination + (5 * destinationStep));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void TransformOutput(float* source, int sourceStep, float* destination, int destinationStep)
    {
        TVector m0 = TSimd.Load(source);
        TVector m1 = TSimd.Load(source + sourceStep);
        TVector m2 = TSimd.Load(source + (2 * sourceStep));
        TVector m3 = TSimd.Load(source + (3 * sourceStep));
        TVector m4 = TSimd.Load(source + (4 * sourceStep));
        TVector m5 = TSimd.Load(source + (5 * sourceStep));
        TVector even = TSimd.Add(m1, m2);
        TVector odd = TSimd.Subtract(m1, m2);
        TVector farEven = TSimd.Add(m3, m4);
        TVector farOdd = TSimd.Subtract(m3, m4);
        TSimd.Store(TSimd.Add(TSimd.Add(m0, even), farEven), destination);
        TSimd.Store(TSimd.MultiplyAdd(TSimd.Create(2), farOdd, odd), destination + destinationStep);
        TSimd.Store(TSimd.MultiplyAdd(TSimd.Create(4), farEven, even), destination + (2 * destinationStep));
        TSimd.Store(TSimd.Add(TSimd.MultiplyAdd(TSimd.Create(8), farOdd, odd), m5), destination + (3 * destinationStep));
    }
}
