using System.Collections.Immutable;
using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Parse;

/// <summary>What the functions of <c>torch</c>, <c>functional</c> and <c>Tensor</c> compute that read one tensor.</summary>
internal static class TensorFunctions
{
    /// <summary>The operation of a function; null for one that the compiler does not know.</summary>
    /// <param name="shape">What it reads, without the batch; null when unknown.</param>
    public static Operation? Read(string name, ArgumentReader arguments, TensorShape? shape) => name switch
    {
        "relu" => LayerReader.Read("ReLU", arguments),
        "relu6" => LayerReader.Read("ReLU6", arguments),
        "leaky_relu" => LayerReader.Read("LeakyReLU", arguments),
        "gelu" => LayerReader.Read("GELU", arguments),
        "silu" => LayerReader.Read("SiLU", arguments),
        "hardswish" => LayerReader.Read("Hardswish", arguments),
        "hardsigmoid" => LayerReader.Read("Hardsigmoid", arguments),
        "sigmoid" => LayerReader.Read("Sigmoid", arguments),
        "tanh" => LayerReader.Read("Tanh", arguments),
        "elu" => LayerReader.Read("ELU", arguments),
        "selu" => LayerReader.Read("SELU", arguments),
        "celu" => LayerReader.Read("CELU", arguments),
        "softplus" => LayerReader.Read("Softplus", arguments),
        "logsigmoid" or "log_sigmoid" => LayerReader.Read("LogSigmoid", arguments),
        "mish" => LayerReader.Read("Mish", arguments),
        "softsign" => LayerReader.Read("Softsign", arguments),
        "tanhshrink" => LayerReader.Read("Tanhshrink", arguments),
        "hardtanh" => LayerReader.Read("Hardtanh", arguments),
        "threshold" => LayerReader.Read("Threshold", arguments),
        "hardshrink" => LayerReader.Read("Hardshrink", arguments),
        "softshrink" => LayerReader.Read("Softshrink", arguments),
        "clamp" or "clip" when !(arguments.IsNull("min") && arguments.IsNull("max")) =>
            Clamp(Bound("min", double.NegativeInfinity, arguments), Bound("max", double.PositiveInfinity, arguments)),
        "clamp_min" => Clamp(arguments.Double("min", 0), double.PositiveInfinity),
        "clamp_max" => Clamp(double.NegativeInfinity, arguments.Double("max", 0)),
        "exp" => new Activation(ActivationKind.Exp, Argument: 0, InPlace: false),
        "log" => new Activation(ActivationKind.Log, Argument: 0, InPlace: false),
        "sqrt" => new Activation(ActivationKind.Sqrt, Argument: 0, InPlace: false),
        "rsqrt" => new Activation(ActivationKind.Rsqrt, Argument: 0, InPlace: false),
        "reciprocal" => new Activation(ActivationKind.Reciprocal, Argument: 0, InPlace: false),
        "abs" or "absolute" => new Activation(ActivationKind.Abs, Argument: 0, InPlace: false),
        "pow" => new Activation(ActivationKind.Power, arguments.Double("exponent", 0), InPlace: false),
        "square" => new Activation(ActivationKind.Power, Argument: 2, InPlace: false),
        "neg" or "negative" => new ScalarArithmetic(ElementwiseKind.Multiply, -1),
        "max_pool1d" => LayerReader.Read("MaxPool1d", arguments),
        "max_pool2d" => LayerReader.Read("MaxPool2d", arguments),
        "avg_pool1d" => LayerReader.Read("AvgPool1d", arguments),
        "avg_pool2d" => LayerReader.Read("AvgPool2d", arguments),
        "adaptive_avg_pool1d" => LayerReader.Read("AdaptiveAvgPool1d", arguments),
        "adaptive_avg_pool2d" => LayerReader.Read("AdaptiveAvgPool2d", arguments),
        "interpolate" => LayerReader.Read("Upsample", arguments),
        "softmax" when arguments.IsNull("dtype") => LayerReader.Read("Softmax", arguments),
        "log_softmax" when arguments.IsNull("dtype") => LayerReader.Read("LogSoftmax", arguments),

        // On at inference too unless it is told otherwise.
        "dropout" when !arguments.Bool("training", true) => new Identity("Dropout", arguments.Comment("p", 0.5)),
        "flatten" => new Flatten(arguments.Long("start_dim"), arguments.Long("end_dim", -1)),
        "mean" when arguments.Has("dimensions") && arguments.IsNull("type") =>
            new Mean(arguments.List("dimensions"), arguments.Bool("keepdim", false)),
        "sum" when arguments.Has("dim") && arguments.IsNull("type") => new Sum(arguments.List("dim"), arguments.Bool("keepdim", false)),
        "reshape" or "view" => ReadReshape(arguments),
        "permute" => new Permute(Counted(arguments.List("permutation"), shape)),
        "transpose" or "swapaxes" => new Transpose(arguments.Long("dim0"), arguments.Long("dim1")),
        "select" => new Select(arguments.Long("dim"), arguments.Long("index")),
        "narrow" => new Narrow(arguments.Long("dim"), arguments.Long("start"), arguments.Long("length")),
        "unsqueeze" => new Unsqueeze(arguments.Long("dim")),
        "squeeze" when !arguments.IsNull("dim") => new Squeeze(arguments.Long("dim")),
        _ => null,
    };

    public static ElementwiseKind Elementwise(string name) => name switch
    {
        "add" => ElementwiseKind.Add,
        "sub" or "subtract" => ElementwiseKind.Subtract,
        "mul" or "multiply" => ElementwiseKind.Multiply,
        _ => ElementwiseKind.Divide,
    };

    private static Activation Clamp(double minimum, double maximum) =>
        new(ActivationKind.Clamp, minimum, InPlace: false) { SecondArgument = maximum };

    // Either may be left out.
    private static double Bound(string name, double unbounded, ArgumentReader arguments) =>
        arguments.IsNull(name) ? unbounded : arguments.Double(name, unbounded);

    // The first size is the batch's, or what is left for it.
    private static Reshape? ReadReshape(ArgumentReader arguments)
    {
        if (arguments.Find("shape") is not ListValue { Items: { Count: > 1 } sizes }) return null;
        bool isBatch = sizes[0] is BatchSizeValue || (sizes[0] is ConstantValue { Value: { } value } && Arithmetic.ToLong(value) == -1);
        return isBatch ? new Reshape(arguments.Longs(sizes.GetRange(1, sizes.Count - 1))) : null;
    }

    private static EquatableArray<long> Counted(EquatableArray<long> dimensions, TensorShape? shape) => shape is null
        ? dimensions
        : new EquatableArray<long>(ImmutableArray.CreateRange(dimensions.Select(dimension => dimension < 0 ? dimension + shape.Rank + 1 : dimension)));
}
