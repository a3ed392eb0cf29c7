using EarlyExitGen.Cpu.Activations;

namespace EarlyExitGen.Cpu.Tests.Reference;

/// <summary>The activations in float64.</summary>
internal static class ReferenceActivation
{
    public static double Apply(Activation activation, double slope, double x) => activation switch
    {
        Activation.Relu => Math.Max(0, x),
        Activation.Relu6 => Math.Clamp(x, 0, 6),
        Activation.LeakyRelu => x < 0 ? slope * x : x,
        Activation.Hardswish => x * Math.Clamp(x + 3, 0, 6) / 6,
        Activation.Hardsigmoid => Math.Clamp(x + 3, 0, 6) / 6,
        Activation.Sigmoid => 1 / (1 + Math.Exp(-x)),
        Activation.Silu => x / (1 + Math.Exp(-x)),
        Activation.Tanh => Math.Tanh(x),
        Activation.Gelu => x * (1 + Erf(x / Math.Sqrt(2))) / 2,
        Activation.GeluTanh => x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x)))) / 2,
        Activation.Elu => x < 0 ? slope * (Math.Exp(x) - 1) : x,
        Activation.Selu => 1.0507009873554805 * (x < 0 ? 1.6732632423543772 * (Math.Exp(x) - 1) : x),
        Activation.Celu => x < 0 ? slope * (Math.Exp(x / slope) - 1) : x,
        Activation.Softplus => Softplus(x),
        Activation.LogSigmoid => -Softplus(-x),
        Activation.Mish => x * Math.Tanh(Softplus(x)),
        Activation.Softsign => x / (1 + Math.Abs(x)),
        Activation.Tanhshrink => x - Math.Tanh(x),
        Activation.Hardtanh => Math.Clamp(x, -1, 1),
        Activation.Hardshrink => Math.Abs(x) <= slope ? 0 : x,
        Activation.Softshrink => Math.Abs(x) <= slope ? 0 : x - Math.CopySign(slope, x),
        _ => x,
    };

    private static double Softplus(double x) => Math.Max(0, x) + Math.Log(1 + Math.Exp(-Math.Abs(x)));

    /// <summary>erf by its Maclaurin series near 0, where the terms don't cancel, and by erfc's continued fraction beyond.</summary>
    private static double Erf(double x)
    {
        if (x < 0) return -Erf(-x);
        if (x > 2)
        {
            double fraction = x;
            for (int n = 200; n >= 1; n--) fraction = x + (n / 2.0 / fraction);
            return 1 - (Math.Exp(-x * x) / (fraction * Math.Sqrt(Math.PI)));
        }

        double term = x;
        double sum = x;
        for (int n = 1; Math.Abs(term) > 1e-20; n++)
        {
            term *= -x * x / n;
            sum += term / ((2 * n) + 1);
        }

        return sum * 2 / Math.Sqrt(Math.PI);
    }
}
