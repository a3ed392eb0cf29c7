using System.Runtime.CompilerServices;

namespace EarlyExitGen.Cpu.Vectors;

/// <summary>Elementary functions of one vector. NaN gives NaN. The tests state each one's largest error against float64.</summary>
internal static class Elementary<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    // Beyond these exp leaves the range of normal floats.
    private const float LargestExponent = 88f;
    private const float SmallestExponent = -87f;

    /// <summary>exp(x), with x held to [−87, 88].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Exp(TVector x)
    {
        x = TSimd.AtMost(TSimd.Create(LargestExponent), TSimd.AtLeast(TSimd.Create(SmallestExponent), x));

        // Cody and Waite: x = n·ln 2 + r with ln 2 in two parts; exp(r) by Cephes' polynomial for |r| ≤ ln 2 / 2.
        TVector n = TSimd.Round(TSimd.Multiply(x, TSimd.Create(1.44269504f)));
        TVector r = TSimd.MultiplyAdd(n, TSimd.Create(-0.693359375f), x);
        r = TSimd.MultiplyAdd(n, TSimd.Create(2.12194440e-4f), r);
        TVector p = TSimd.MultiplyAdd(TSimd.Create(1.9875691500e-4f), r, TSimd.Create(1.3981999507e-3f));
        p = TSimd.MultiplyAdd(p, r, TSimd.Create(8.3334519073e-3f));
        p = TSimd.MultiplyAdd(p, r, TSimd.Create(4.1665795894e-2f));
        p = TSimd.MultiplyAdd(p, r, TSimd.Create(1.6666665459e-1f));
        p = TSimd.MultiplyAdd(p, r, TSimd.Create(5.0000001201e-1f));
        p = TSimd.Add(TSimd.MultiplyAdd(p, TSimd.Multiply(r, r), r), TSimd.Create(1));
        return TSimd.Multiply(p, TSimd.PowerOfTwo(n));
    }

    /// <summary>1 / (1 + exp(−x)).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Sigmoid(TVector x) =>
        TSimd.Divide(TSimd.Create(1), TSimd.Add(TSimd.Create(1), Exp(TSimd.Subtract(TSimd.Zero, x))));

    /// <summary>tanh(x): Cephes' polynomial near 0, where 1 − 2 / (exp(2|x|) + 1) would cancel, and that formula beyond.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Tanh(TVector x)
    {
        TVector magnitude = TSimd.Abs(x);
        TVector square = TSimd.Multiply(x, x);
        TVector p = TSimd.MultiplyAdd(TSimd.Create(-5.70498872745e-3f), square, TSimd.Create(2.06390887954e-2f));
        p = TSimd.MultiplyAdd(p, square, TSimd.Create(-5.37397155531e-2f));
        p = TSimd.MultiplyAdd(p, square, TSimd.Create(1.33314422036e-1f));
        p = TSimd.MultiplyAdd(p, square, TSimd.Create(-3.33332819422e-1f));
        TVector near = TSimd.MultiplyAdd(TSimd.Multiply(p, square), x, x);

        TVector exp = Exp(TSimd.Add(magnitude, magnitude));
        TVector far = TSimd.Subtract(TSimd.Create(1), TSimd.Divide(TSimd.Create(2), TSimd.Add(exp, TSimd.Create(1))));
        return TSimd.SelectLess(magnitude, TSimd.Create(0.625f), near, TSimd.CopySign(far, x));
    }

    /// <summary>log(1 + exp(x)) = max(0, x) + log(1 + z) with z = exp(−|x|); log(1 + z) by the series of 2 artanh(z / (2 + z)).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Softplus(TVector x)
    {
        TVector z = Exp(TSimd.Subtract(TSimd.Zero, TSimd.Abs(x)));
        TVector s = TSimd.Divide(z, TSimd.Add(z, TSimd.Create(2)));
        TVector square = TSimd.Multiply(s, s);
        TVector p = TSimd.MultiplyAdd(TSimd.Create(2f / 15), square, TSimd.Create(2f / 13));
        p = TSimd.MultiplyAdd(p, square, TSimd.Create(2f / 11));
        p = TSimd.MultiplyAdd(p, square, TSimd.Create(2f / 9));
        p = TSimd.MultiplyAdd(p, square, TSimd.Create(2f / 7));
        p = TSimd.MultiplyAdd(p, square, TSimd.Create(2f / 5));
        p = TSimd.MultiplyAdd(p, square, TSimd.Create(2f / 3));
        p = TSimd.MultiplyAdd(p, square, TSimd.Create(2));
        return TSimd.MultiplyAdd(p, s, TSimd.AtLeast(TSimd.Zero, x));
    }

    /// <summary>
    /// erf(x): its Maclaurin series below 0.8, and beyond 1 − exp(−x²)·q(1 / (1 + 0.3275911·|x|)), Abramowitz and Stegun 7.1.26,
    /// which is within 1.5e-7.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Erf(TVector x)
    {
        TVector magnitude = TSimd.Abs(x);
        TVector square = TSimd.Multiply(x, x);
        TVector p = TSimd.MultiplyAdd(TSimd.Create(-1.49256504e-05f), square, TSimd.Create(0.00012055333f));
        p = TSimd.MultiplyAdd(p, square, TSimd.Create(-0.000854832702f));
        p = TSimd.MultiplyAdd(p, square, TSimd.Create(0.00522397763f));
        p = TSimd.MultiplyAdd(p, square, TSimd.Create(-0.0268661706f));
        p = TSimd.MultiplyAdd(p, square, TSimd.Create(0.112837917f));
        p = TSimd.MultiplyAdd(p, square, TSimd.Create(-0.376126389f));
        p = TSimd.MultiplyAdd(p, square, TSimd.Create(1.12837917f));
        TVector near = TSimd.Multiply(p, x);

        TVector t = TSimd.Divide(TSimd.Create(1), TSimd.MultiplyAdd(TSimd.Create(0.3275911f), magnitude, TSimd.Create(1)));
        TVector q = TSimd.MultiplyAdd(TSimd.Create(1.061405429f), t, TSimd.Create(-1.453152027f));
        q = TSimd.MultiplyAdd(q, t, TSimd.Create(1.421413741f));
        q = TSimd.MultiplyAdd(q, t, TSimd.Create(-0.284496736f));
        q = TSimd.Multiply(TSimd.MultiplyAdd(q, t, TSimd.Create(0.254829592f)), t);
        TVector far = TSimd.Subtract(TSimd.Create(1), TSimd.Multiply(q, Exp(TSimd.Subtract(TSimd.Zero, square))));
        return TSimd.SelectLess(magnitude, TSimd.Create(0.8f), near, TSimd.CopySign(far, x));
    }
}
