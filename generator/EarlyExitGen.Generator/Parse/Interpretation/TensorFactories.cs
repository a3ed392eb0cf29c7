using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Parse;

/// <summary>The shapes of the tensors that a constructor makes: what becomes a parameter or a buffer.</summary>
internal static class TensorFactories
{
    private static readonly string[] Sizes = ["rows", "columns", "dim0", "dim1", "dim2", "dim3"];

    /// <summary>What a function of <c>torch</c> makes; null for one that gives no float32 tensor of a known shape.</summary>
    public static OwnedTensorValue? Read(string name, ArgumentReader arguments)
    {
        if (name is not ("zeros" or "ones" or "empty" or "rand" or "randn" or "full" or "normal") || !arguments.IsNull("dtype")) return null;

        // A whole number fills whole numbers.
        if (name == "full" && arguments.Find("value") is not ConstantValue { Value: float or double }) return null;
        EquatableArray<long> shape = arguments.Has("size")
            ? arguments.List("size")
            : arguments.Longs([.. Sizes.Select(arguments.Find).OfType<SymbolicValue>()]);
        return arguments.Failed || shape.Any(size => size < 1) ? null : new OwnedTensorValue(new TensorShape(shape));
    }

    /// <summary>Whether a method gives a float32 tensor of the shape that its own has, whatever its numbers.</summary>
    public static bool KeepsShape(string name) => name.EndsWith("_", StringComparison.Ordinal)
        || name is "clone" or "contiguous" or "detach" or "alias" or "abs" or "neg" or "exp" or "sqrt" or "rsqrt" or "sin" or "cos" or "pow"
            or "clamp" or "triu" or "tril" or "cpu" or "cuda";
}
