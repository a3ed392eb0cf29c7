using EarlyExitGen.Cpu.Weights;
using EarlyExitGen.Generator.Model;
using Microsoft.CodeAnalysis;

namespace EarlyExitGen.Generator.Parse;

/// <content>Tensors that become parts of one, and matrices of the network's own that one is multiplied with.</content>
internal sealed partial class Interpreter
{
    private SymbolicValue Join(IOperation where, long dimension, List<SymbolicValue> items)
    {
        Concatenate concatenate = new(dimension);
        return items.TrueForAll(item => item is OwnedTensorValue)
            ? Compute(where, OwnedFunctions.OfLayers(concatenate)!, [.. items])
            : Compute(where, concatenate, [.. items]);
    }

    private SymbolicValue Stack(IOperation where, long dimension, List<SymbolicValue> items)
    {
        if (items.Exists(item => item is OwnedTensorValue) && items.Exists(item => item is TensorValue)) return Join(where, dimension, items);
        if (ShapeOf(items[0]) is not { } shape) return Fail(where, "a tensor of unknown shape");
        long counted = dimension < 0 ? dimension + shape.Count + 1 : dimension;
        if (counted < 0 || counted > shape.Count) return Fail(where, "a stack along a dimension that is not there");
        if (counted == 0 && items[0] is TensorValue) return Fail(where, "a stack along the batch");
        if (items.Exists(item => ShapeOf(item)?.SequenceEqual(shape) != true)) return Fail(where, "a stack of different shapes");
        long inserted = items[0] is OwnedTensorValue ? counted + 1 : counted;
        List<SymbolicValue> parts = [.. items.Select(item => Compute(where, new Unsqueeze(inserted), item))];
        return parts.TrueForAll(IsTensor) ? Join(where, counted, parts) : Unknown(where);
    }

    /// <summary>What <c>functional.linear</c> computes with parameters or buffers.</summary>
    private SymbolicValue MultiplyByOwned(IOperation where, TensorValue features, OwnedTensorValue weight, OwnedTensorValue? bias)
    {
        if (weight.Operation is null && bias?.Operation is null)
        {
            if (weight.Path is not { } path || (bias is not null && bias.Path is null)) return Fail(where, Unregistered);
            if (weight.Shape is { Rank: not 2 }) return Fail(where, "a linear layer whose weight is no matrix");

            // What the source does not tell, libtorch finds in the weights.
            bool areKnown = weight.Shape is not null && (bias is null || bias.Shape is not null);
            if (areKnown && bias is not null && bias.Shape != new TensorShape([weight.Shape!.Dimensions[0]]))
            {
                return Fail(where, "a bias that has not one number for each output");
            }

            Linear linear = areKnown
                ? new Linear(weight.Shape!.Dimensions[1], weight.Shape.Dimensions[0], bias is not null)
                : new Linear(InFeatures: null, OutFeatures: null, bias is not null);
            return Run(where, WeightNames.OfParameters(path, bias?.Path), linear, call: null, features);
        }

        if (weight.Shape is not { Rank: 2 }) return Fail(where, "a linear layer whose weight is no matrix");
        SymbolicValue product = Compute(where, new Transpose(-2, -1), weight) is OwnedTensorValue matrix
            ? Compute(where, new Matmul(), features, matrix)
            : Unknown(where);
        return bias is null || product is not TensorValue ? product : Compute(where, new Elementwise(ElementwiseKind.Add), product, bias);
    }
}
