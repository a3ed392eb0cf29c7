using System.Runtime.CompilerServices;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Activations;

/// <summary>Activations of one vector. The kind is a constant of the layer, so that only its own branch is compiled.</summary>
internal static class ActivationKernel
{
    /// <summary>Whether it only cuts values off, which kernels do on the registers that they are about to store.</summary>
    public static bool IsClamp(Activation activation) => activation is Activation.None or Activation.Relu or Activation.Relu6;

    /// <summary>One that only cuts values off.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Clamp<TSimd, TVector>(Activation activation, TVector x)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        if (activation != Activation.None) x = TSimd.AtLeast(TSimd.Zero, x);
        return activation == Activation.Relu6 ? TSimd.AtMost(TSimd.Create(6), x) : x;
    }

    /// <summary>The same of one value.</summary>
    public static float Clamp(Activation activation, float x)
    {
        if (activation != Activation.None) x = MathF.Max(0, x);
        return activation == Activation.Relu6 ? MathF.Min(6, x) : x;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Apply<TSimd, TVector>(Activation activation, float slope, TVector x)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        if (activation == Activation.None) return x;
        if (activation == Activation.Relu) return TSimd.AtLeast(TSimd.Zero, x);
        if (activation == Activation.Relu6) return Between<TSimd, TVector>(0, 6, x);
        if (activation == Activation.LeakyRelu)
        {
            return TSimd.SelectLess(x, TSimd.Zero, TSimd.Multiply(x, TSimd.Create(slope)), x);
        }

        if (activation == Activation.Hardswish) return TSimd.Multiply(x, Hardsigmoid<TSimd, TVector>(x));
        if (activation == Activation.Hardsigmoid) return Hardsigmoid<TSimd, TVector>(x);
        if (activation == Activation.Hardtanh) return Between<TSimd, TVector>(-1, 1, x);
        if (activation == Activation.Softshrink) return TSimd.Subtract(x, Between<TSimd, TVector>(-slope, slope, x));

        // Times 0, so that NaN stays NaN.
        if (activation == Activation.Hardshrink)
        {
            return TSimd.SelectLess(TSimd.Create(slope), TSimd.Abs(x), x, TSimd.Multiply(x, TSimd.Zero));
        }

        if (activation == Activation.Softsign) return TSimd.Divide(x, TSimd.Add(TSimd.Create(1), TSimd.Abs(x)));
        if (activation is Activation.Elu or Activation.Selu or Activation.Celu) return Exponential<TSimd, TVector>(activation, slope, x);
        return ApplyTranscendental<TSimd, TVector>(activation, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector ApplyTranscendental<TSimd, TVector>(Activation activation, TVector x)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        if (activation == Activation.Sigmoid) return Elementary<TSimd, TVector>.Sigmoid(x);
        if (activation == Activation.Silu) return TSimd.Multiply(x, Elementary<TSimd, TVector>.Sigmoid(x));
        if (activation == Activation.Tanh) return Elementary<TSimd, TVector>.Tanh(x);
        if (activation == Activation.Tanhshrink) return TSimd.Subtract(x, Elementary<TSimd, TVector>.Tanh(x));
        if (activation == Activation.Softplus) return Elementary<TSimd, TVector>.Softplus(x);
        if (activation == Activation.LogSigmoid)
        {
            return TSimd.Subtract(TSimd.Zero, Elementary<TSimd, TVector>.Softplus(TSimd.Subtract(TSimd.Zero, x)));
        }

        if (activation == Activation.Mish)
        {
            return TSimd.Multiply(x, Elementary<TSimd, TVector>.Tanh(Elementary<TSimd, TVector>.Softplus(x)));
        }

        TVector half = TSimd.Multiply(x, TSimd.Create(0.5f));
        TVector cube = TSimd.Multiply(TSimd.Multiply(x, x), x);
        TVector cumulative = activation == Activation.Gelu
            ? Elementary<TSimd, TVector>.Erf(TSimd.Multiply(x, TSimd.Create(0.70710678f)))
            : Elementary<TSimd, TVector>.Tanh(
                TSimd.Multiply(TSimd.Create(0.79788456f), TSimd.MultiplyAdd(TSimd.Create(0.044715f), cube, x)));
        return TSimd.MultiplyAdd(half, cumulative, half);
    }

    // exp(x) − 1 cancels near 0, where it is small beside what it is added to: the error is one of the output's largest rounding.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Exponential<TSimd, TVector>(Activation activation, float alpha, TVector x)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        const float seluAlpha = 1.67326324f;
        const float seluScale = 1.05070099f;
        TVector exponent = activation == Activation.Celu ? TSimd.Divide(x, TSimd.Create(alpha)) : x;
        TVector exp = TSimd.Subtract(Elementary<TSimd, TVector>.Exp(exponent), TSimd.Create(1));
        TVector negative = TSimd.Multiply(exp, TSimd.Create(activation == Activation.Selu ? seluAlpha : alpha));
        TVector result = TSimd.SelectLess(x, TSimd.Zero, negative, x);
        return activation == Activation.Selu ? TSimd.Multiply(result, TSimd.Create(seluScale)) : result;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Hardsigmoid<TSimd, TVector>(TVector x)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct =>
        TSimd.Multiply(Between<TSimd, TVector>(0, 6, TSimd.Add(x, TSimd.Create(3))), TSimd.Create(1f / 6));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Between<TSimd, TVector>(float floor, float ceiling, TVector x)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct =>
        TSimd.AtMost(TSimd.Create(ceiling), TSimd.AtLeast(TSimd.Create(floor), x));
}
