using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Parse;

/// <summary>
/// What may be done with tensors that are not numbers in single precision: extra inputs of ids or truth values, and comparisons. Arithmetic
/// on them would give other element types in libtorch than the compiled code expects.
/// </summary>
internal static class ElementTypes
{
    /// <summary>Why an operation can't read these tensors; null when it can.</summary>
    public static string? Misfit(Operation operation, TensorValue[] inputs)
    {
        if (operation is MaskedFill) return IsNumbers(inputs[0]) && IsMask(inputs[1]) ? null : "masked_fill with another mask than one of Bool";
        if (operation is CombineMasks) return Array.TrueForAll(inputs, IsMask) ? null : "a logical operation on tensors that are not of Bool";
        int last = inputs.Length - 1;
        if (operation is Attention && last == 3 && IsMask(inputs[last])) last--;
        for (int index = 0; index <= last; index++)
        {
            if (IsNumbers(inputs[index]) || operation.IsView || operation is ToFloat32 or CompareScalar) continue;
            if (operation is Embedding && inputs[index].Storage.Type == ElementType.Int64) continue;
            return $"arithmetic on a tensor of {inputs[index].Storage.Type}, which takes to(ScalarType.Float32) first";
        }

        return null;
    }

    private static bool IsNumbers(TensorValue tensor) => tensor.Storage.Type == ElementType.Float32;

    private static bool IsMask(TensorValue tensor) => tensor.Storage.Type == ElementType.Bool;
}
