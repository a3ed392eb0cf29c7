using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Parse;

/// <summary>Reads what a factory of an activation makes.</summary>
internal static class ActivationReader
{
    /// <summary>The activation of a factory; null for one that the compiler does not know.</summary>
    public static Activation? Read(string factory, ArgumentReader arguments) => factory switch
    {
        "ReLU" => Plain(ActivationKind.ReLU, arguments),
        "ReLU6" => Plain(ActivationKind.ReLU6, arguments),
        "LeakyReLU" => Plain(ActivationKind.LeakyReLU, arguments) with { Argument = arguments.Double("negative_slope", 0.01) },
        "GELU" => Plain(arguments.Enum("approximate", 0) == 0 ? ActivationKind.GELU : ActivationKind.GELUTanh, arguments),
        "SiLU" => Plain(ActivationKind.SiLU, arguments),
        "Hardswish" => Plain(ActivationKind.Hardswish, arguments),
        "Hardsigmoid" => Plain(ActivationKind.Hardsigmoid, arguments),
        "Sigmoid" => Plain(ActivationKind.Sigmoid, arguments),
        "Tanh" => Plain(ActivationKind.Tanh, arguments),

        // TorchSharp's elu_ makes a new tensor whatever one asks for.
        "ELU" => new Activation(ActivationKind.ELU, arguments.Double("alpha", 1), InPlace: false),
        "SELU" => Plain(ActivationKind.SELU, arguments),
        "CELU" => Plain(ActivationKind.CELU, arguments) with { Argument = arguments.Double("alpha", 1) },
        "Softplus" => new Activation(ActivationKind.Softplus, arguments.Double("beta", 1), InPlace: false)
        {
            SecondArgument = arguments.Double("threshold", 20),
        },
        "LogSigmoid" => new Activation(ActivationKind.LogSigmoid, Argument: 0, InPlace: false),
        "Mish" => Plain(ActivationKind.Mish, arguments),
        "Softsign" => Plain(ActivationKind.Softsign, arguments),
        "Tanhshrink" => Plain(ActivationKind.Tanhshrink, arguments),

        // TorchSharp's hardtanh gives back what it received, unless it is told to work in place: no meaning to compile.
        "Hardtanh" when arguments.Bool("inplace", false) => new Activation(
            ActivationKind.Hardtanh, arguments.Double("min_val", -1), InPlace: true)
        {
            SecondArgument = arguments.Double("max_val", 1),
        },
        "Threshold" => Plain(ActivationKind.Threshold, arguments) with
        {
            Argument = arguments.Double("threshold", 0),
            SecondArgument = arguments.Double("value", 0),
        },
        "Hardshrink" => new Activation(ActivationKind.Hardshrink, arguments.Double("lambda", 0.5), InPlace: false),
        "Softshrink" => new Activation(ActivationKind.Softshrink, arguments.Double("lambda", 0.5), InPlace: false),
        _ => null,
    };

    private static Activation Plain(ActivationKind kind, ArgumentReader arguments) =>
        new(kind, Argument: 0, arguments.Bool("inplace", false));
}
