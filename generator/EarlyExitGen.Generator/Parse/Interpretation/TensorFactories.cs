using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Parse;

/// <summary>The shapes and element types of the tensors that a constructor makes: what becomes a parameter or a buffer.</summary>
internal static class TensorFactories
{
    private static readonly string[] Sizes = ["rows", "columns", "dim0", "dim1", "dim2", "dim3"];

    /// <summary>What a function of <c>torch</c> makes; null for one that gives no tensor of a known shape.</summary>
    public static OwnedTensorValue? Read(string name, ArgumentReader arguments)
    {
        if (name == "arange") return ReadRange(arguments);
        if (name == "tensor") return ReadArray(arguments);
        if (name is not ("zeros" or "ones" or "empty" or "rand" or "randn" or "full" or "normal")) return null;
        EquatableArray<long> shape = arguments.Has("size")
            ? arguments.List("size")
            : arguments.Longs([.. Sizes.Select(arguments.Find).OfType<SymbolicValue>()]);
        if (arguments.Failed || shape.Any(size => size < 1)) return null;
        ElementType? ofValue = name == "full" ? TypeOf(arguments.Find("value")) : ElementType.Float32;
        return new OwnedTensorValue(new TensorShape(shape), type: TypeArgument(arguments, "dtype", ofValue));
    }

    /// <summary>Whether a method gives a tensor of the shape that its own has, whatever its numbers.</summary>
    public static bool KeepsShape(string name) => name.EndsWith("_", StringComparison.Ordinal)
        || KeepsType(name)
        || name is "exp" or "sqrt" or "rsqrt" or "sin" or "cos" or "pow" or "remainder" or "to" or "to_type" or "bool" or "float";

    /// <summary>What the elements are of what such a method gives; null when the source does not tell.</summary>
    public static ElementType? ResultType(string name, ArgumentReader arguments, ElementType? own) => name switch
    {
        "bool" => ElementType.Bool,
        "float" => ElementType.Float32,
        "to" or "to_type" => TypeArgument(arguments, "type", null),
        _ => KeepsType(name) || own == ElementType.Float32 ? own : null,
    };

    private static bool KeepsType(string name) =>
        name is "clone" or "contiguous" or "detach" or "alias" or "abs" or "neg" or "clamp" or "triu" or "tril" or "cpu" or "cuda";

    // From one whole number to another, by ones.
    private static OwnedTensorValue? ReadRange(ArgumentReader arguments)
    {
        if (arguments.Long("step", 1) != 1) return null;
        long start = arguments.Long("start", 0);
        long stop = arguments.Long("stop");
        return arguments.Failed || stop <= start
            ? null
            : new OwnedTensorValue(new TensorShape([stop - start]), type: TypeArgument(arguments, "dtype", ElementType.Int64));
    }

    // A row of numbers or truth values that is written out.
    private static OwnedTensorValue? ReadArray(ArgumentReader arguments) => arguments.InOrder.FirstOrDefault() is ListValue { Items: { Count: > 0 } items }
        && items.TrueForAll(item => item is ConstantValue { Value: bool or float or double or int or long })
            ? new OwnedTensorValue(new TensorShape([items.Count]), type: TypeArgument(arguments, "dtype", TypeOfItem(items[0])))
            : null;

    // Those of double stay float64, and those of int stay int32.
    private static ElementType? TypeOfItem(SymbolicValue item) => item switch
    {
        ConstantValue { Value: bool } => ElementType.Bool,
        ConstantValue { Value: float } => ElementType.Float32,
        ConstantValue { Value: long } => ElementType.Int64,
        _ => null,
    };

    private static ElementType? TypeArgument(ArgumentReader arguments, string parameter, ElementType? otherwise) =>
        arguments.IsNull(parameter) ? otherwise : arguments.Find(parameter) is ConstantValue { Value: { } number } ? ElementTypes.OfNumber(number) : null;

    // What libtorch makes of a whole number depends on how TorchSharp hands it over.
    private static ElementType? TypeOf(SymbolicValue? value) => value switch
    {
        ConstantValue { Value: float or double } => ElementType.Float32,
        ConstantValue { Value: bool } => ElementType.Bool,
        _ => null,
    };
}
