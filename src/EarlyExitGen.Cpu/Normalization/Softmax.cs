using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Normalization;

/// <summary>Softmax over rows of features, <c>[rows][⌈features / 16⌉·16]</c>. Within 5e-7 of float64. Never allocates.</summary>
public static unsafe class Softmax
{
    /// <summary>exp(x − max) / Σ exp(x − max) of each row, in place. A row with NaN, or of −∞ alone, becomes NaN.</summary>
    /// <param name="map">The rows.</param>
    /// <param name="rows">How many.</param>
    /// <param name="features">Features of a row.</param>
    /// <exception cref="ArgumentException">The buffer is too short.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(ArenaBuffer map, int rows, int features)
    {
        FeatureMapShape row = new(features, 1, 1);
        float* x = map.Require(checked(rows * row.Length));
        for (int index = 0; index < rows; index++, x += row.Length)
        {
            if (Vector512.IsHardwareAccelerated) Run<Simd512, Vector512<float>>(x, features);
            else if (Vector256.IsHardwareAccelerated) Run<Simd256, Vector256<float>>(x, features);
            else Run<Simd128, Vector128<float>>(x, features);
        }
    }

    /// <summary>x − max − ln Σ exp(x − max) of each row, in place. A row with NaN, or of −∞ alone, becomes NaN.</summary>
    /// <inheritdoc cref="Run(ArenaBuffer, int, int)"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RunLogarithm(ArenaBuffer map, int rows, int features)
    {
        FeatureMapShape row = new(features, 1, 1);
        float* x = map.Require(checked(rows * row.Length));
        for (int index = 0; index < rows; index++, x += row.Length)
        {
            if (Vector512.IsHardwareAccelerated) RunLogarithm<Simd512, Vector512<float>>(x, features);
            else if (Vector256.IsHardwareAccelerated) RunLogarithm<Simd256, Vector256<float>>(x, features);
            else RunLogarithm<Simd128, Vector128<float>>(x, features);
        }
    }

    /// <summary>One row, of at least ⌈features / 16⌉·16 floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Run<TSimd, TVector>(float* row, int features)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        int length = Fill<TSimd, TVector>(row, features);
        TVector max = TSimd.Create(Largest<TSimd, TVector>(row, length));
        TVector sum = TSimd.Zero;
        for (int at = 0; at < length; at += TSimd.Lanes)
        {
            TVector exp = Elementary<TSimd, TVector>.Exp(TSimd.Subtract(TSimd.Load(row + at), max));
            TSimd.Store(exp, row + at);
            sum = TSimd.Add(sum, exp);
        }

        TVector scale = TSimd.Create(1 / TSimd.Sum(sum));
        for (int at = 0; at < length; at += TSimd.Lanes) TSimd.Store(TSimd.Multiply(TSimd.Load(row + at), scale), row + at);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RunLogarithm<TSimd, TVector>(float* row, int features)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        int length = Fill<TSimd, TVector>(row, features);
        float largest = Largest<TSimd, TVector>(row, length);
        TVector max = TSimd.Create(largest);
        TVector sum = TSimd.Zero;
        for (int at = 0; at < length; at += TSimd.Lanes)
        {
            sum = TSimd.Add(sum, Elementary<TSimd, TVector>.Exp(TSimd.Subtract(TSimd.Load(row + at), max)));
        }

        TVector logarithm = TSimd.Create(MathF.Log(TSimd.Sum(sum)));
        for (int at = 0; at < length; at += TSimd.Lanes)
        {
            TSimd.Store(TSimd.Subtract(TSimd.Subtract(TSimd.Load(row + at), max), logarithm), row + at);
        }

        for (int at = features; at < length; at++) row[at] = 0;
    }

    /// <summary>Sets the unused lanes to −∞: its exp is 0 but for a denormal's worth, and adds nothing to the sum.</summary>
    /// <returns>The floats that whole vectors cover.</returns>
    private static int Fill<TSimd, TVector>(float* row, int features)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        int length = (features + TSimd.Lanes - 1) / TSimd.Lanes * TSimd.Lanes;
        for (int at = features; at < length; at++) row[at] = float.NegativeInfinity;
        return length;
    }

    private static float Largest<TSimd, TVector>(float* row, int length)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        TVector largest = TSimd.Load(row);
        for (int at = TSimd.Lanes; at < length; at += TSimd.Lanes) largest = TSimd.Max(largest, TSimd.Load(row + at));
        return TSimd.Max(largest);
    }
}
