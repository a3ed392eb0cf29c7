using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Parse;

/// <summary>
/// What may be done with tensors that are not numbers in single precision: extra inputs and buffers of ids or truth values, and comparisons.
/// Arithmetic on them would give other element types in libtorch than the compiled code expects. A type that the source does not tell, null,
/// is what it should be, or else libtorch refuses it as it would in the author's code.
/// </summary>
internal static class ElementTypes
{
    /// <summary>What the elements of a tensor are; null when the source does not tell.</summary>
    public static ElementType? Of(SymbolicValue tensor) => tensor switch
    {
        TensorValue value => value.Storage.Type,
        OwnedTensorValue value => value.Type,
        _ => null,
    };

    /// <summary>The type with a number of TorchSharp's <c>ScalarType</c>; null for one that the compiler does not know.</summary>
    public static ElementType? OfNumber(object number) => number switch
    {
        (sbyte)4 => ElementType.Int64,
        (sbyte)6 => ElementType.Float32,
        (sbyte)11 => ElementType.Bool,
        _ => null,
    };

    /// <summary>Why an operation can't read tensors of these types; null when it can.</summary>
    public static string? Misfit(Operation operation, IReadOnlyList<ElementType?> inputs)
    {
        switch (operation)
        {
            case MaskedFill:
                return IsNumbers(inputs[0]) && MayBeMask(inputs[1]) ? null : "masked_fill with another mask than one of Bool";
            case Where:
                return MayBeMask(inputs[0]) && IsNumbers(inputs[1]) && IsNumbers(inputs[2]) ? null : "where with another mask than one of Bool, or not between numbers";
            case CombineMasks:
                return inputs.All(input => input == ElementType.Bool) ? null : "a logical operation on tensors that are not of Bool";
            case CompareScalar or Compare or ToFloat32 or OwnedTensor or { IsView: true }:
                return null;
        }

        int last = inputs.Count - 1;
        if (operation is Attention && last == 3 && MayBeMask(inputs[last])) last--;
        for (int index = 0; index <= last; index++)
        {
            if (IsNumbers(inputs[index]) || (operation is Embedding && inputs[index] == ElementType.Int64)) continue;
            return $"arithmetic on a tensor of {inputs[index]}, which takes to(ScalarType.Float32) first";
        }

        return null;
    }

    /// <summary>What the elements of an operation's result are.</summary>
    public static ElementType? Result(Operation operation, IReadOnlyList<ElementType?> inputs) => operation switch
    {
        CompareScalar or Compare or CombineMasks => ElementType.Bool,
        { IsView: true } => inputs[0],
        _ => ElementType.Float32,
    };

    /// <summary>The same where a constructor may do arithmetic on whatever it likes; null for what that gives.</summary>
    public static ElementType? ResultOfAny(Operation operation, IReadOnlyList<ElementType?> inputs) =>
        operation is CompareScalar or Compare or ToFloat32 || (Misfit(operation, inputs) is null && inputs.All(input => input is not null))
            ? Result(operation, inputs)
            : null;

    private static bool IsNumbers(ElementType? type) => type is null or ElementType.Float32;

    private static bool MayBeMask(ElementType? type) => type is null or ElementType.Bool;
}
