using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Parse;

/// <summary>
/// What functions compute of tensors of the network's own. The author counts their dimensions from 0; layers count a batch before them.
/// </summary>
internal static class OwnedFunctions
{
    /// <summary>The operation of a function as layers count; null for one that the compiler does not know.</summary>
    public static Operation? Read(string name, ArgumentReader arguments, TensorShape? shape) => name switch
    {
        "view" or "reshape" => arguments.Find("shape") is ListValue list ? new Reshape(arguments.Longs(list.Items)) : null,
        "permute" when shape is not null => new Permute([0, .. arguments.List("permutation").Select(dimension => Shifted(
            dimension < 0 ? dimension + shape.Rank : dimension))]),
        _ => TensorFunctions.Read(name, arguments, shape: null) is { } operation ? OfLayers(operation) : null,
    };

    /// <summary>An operation on dimensions from 0 as layers count; null for one that needs a batch.</summary>
    public static Operation? OfLayers(Operation operation) => operation switch
    {
        Activation or ScalarArithmetic or Identity => operation,
        Softmax softmax => softmax with { Dimension = Shifted(softmax.Dimension) },
        Mean mean => mean with { Dimensions = [.. mean.Dimensions.Select(Shifted)] },
        Concatenate concatenate => new Concatenate(Shifted(concatenate.Dimension)),
        Flatten flatten => new Flatten(Shifted(flatten.Start), Shifted(flatten.End)),
        Transpose transpose => new Transpose(Shifted(transpose.First), Shifted(transpose.Second)),
        Select select => select with { Dimension = Shifted(select.Dimension) },
        Narrow narrow => narrow with { Dimension = Shifted(narrow.Dimension) },
        Unsqueeze unsqueeze => new Unsqueeze(Shifted(unsqueeze.Dimension)),
        Squeeze squeeze => new Squeeze(Shifted(squeeze.Dimension)),
        _ => null,
    };

    private static long Shifted(long dimension) => dimension < 0 ? dimension : dimension + 1;
}
