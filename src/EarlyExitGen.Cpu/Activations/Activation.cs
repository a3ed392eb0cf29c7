namespace EarlyExitGen.Cpu.Activations;

/// <summary>An element-wise activation, as TorchSharp's module of the same name computes it.</summary>
public enum Activation
{
    /// <summary>x.</summary>
    None,

    /// <summary>max(0, x).</summary>
    Relu,

    /// <summary>min(max(0, x), 6).</summary>
    Relu6,

    /// <summary>x, or slope · x where x is negative.</summary>
    LeakyRelu,

    /// <summary>x · min(max(0, x + 3), 6) / 6.</summary>
    Hardswish,

    /// <summary>min(max(0, x + 3), 6) / 6.</summary>
    Hardsigmoid,

    /// <summary>1 / (1 + exp(−x)).</summary>
    Sigmoid,

    /// <summary>x / (1 + exp(−x)).</summary>
    Silu,

    /// <summary>tanh(x).</summary>
    Tanh,

    /// <summary>x · Φ(x), by the error function.</summary>
    Gelu,

    /// <summary>x · Φ(x), by Hendrycks and Gimpel's tanh approximation.</summary>
    GeluTanh,

    /// <summary>x, or α · (exp(x) − 1) where x is negative.</summary>
    Elu,

    /// <summary>ELU with α = 1.6733, times 1.0507.</summary>
    Selu,

    /// <summary>x, or α · (exp(x / α) − 1) where x is negative.</summary>
    Celu,

    /// <summary>log(1 + exp(x)).</summary>
    Softplus,

    /// <summary>−log(1 + exp(−x)).</summary>
    LogSigmoid,

    /// <summary>x · tanh(log(1 + exp(x))).</summary>
    Mish,

    /// <summary>x / (1 + |x|).</summary>
    Softsign,

    /// <summary>x − tanh(x).</summary>
    Tanhshrink,

    /// <summary>min(max(−1, x), 1).</summary>
    Hardtanh,

    /// <summary>x, or 0 where |x| ≤ λ.</summary>
    Hardshrink,

    /// <summary>x moved towards 0 by λ, and 0 where |x| ≤ λ.</summary>
    Softshrink,
}
