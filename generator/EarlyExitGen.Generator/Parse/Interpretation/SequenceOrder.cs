using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Parse;

/// <summary>
/// Tensors whose sequence comes first and whose batch second, [S, N, E]: TorchSharp's attention modules have them so. The layers that the
/// compiler writes down always have the batch first, so that <c>transpose(0, 1)</c> around an encoder moves nothing.
/// </summary>
internal static class SequenceOrder
{
    public const string BatchComesFirst = "an input whose batch comes first, where this module takes the sequence first: transpose(0, 1)";
    public const string BatchComesSecond = "a tensor whose batch comes second, before the transpose(0, 1) that puts it first";

    /// <summary>Whether a call only changes the first two dimensions for each other.</summary>
    public static bool Swaps(string function, ArgumentReader arguments, TensorValue tensor)
    {
        if (tensor.Shape is { Rank: < 1 }) return false;
        if (function == "permute") return arguments.Find("permutation") is ListValue list && arguments.Longs(list.Items) is [1, 0, 2];
        return (arguments.Long("dim0"), arguments.Long("dim1")) is (0, 1) or (1, 0);
    }

    /// <summary>
    /// What an operation on tensors whose batch comes second is on the same tensors with the batch first, and whether its result has the
    /// batch second again; null for one that is none.
    /// </summary>
    public static (Operation Operation, bool IsSequenceFirst)? OnBatchFirst(Operation operation, TensorValue[] inputs)
    {
        if (!Array.TrueForAll(inputs, input => input is { IsSequenceFirst: true, Shape.Rank: 2 })) return null;
        return operation switch
        {
            { AlignsInputs: true } or CompareScalar or ScalarArithmetic or Activation or Identity or Linear or LayerNorm { Shape.Count: 1 } => (operation, true),
            Mean { Keep: false, Dimensions: [0 or -3] } => (new Mean([1], Keep: false), false),
            Select { Dimension: 0 or -3 } select => (select with { Dimension = 1 }, false),
            _ => null,
        };
    }
}
