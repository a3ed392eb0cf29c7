using EarlyExitGen.Generator.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace EarlyExitGen.Generator.Parse;

/// <content>Masks: the comparisons that give them, what combines them, and what is done with them.</content>
internal sealed partial class Interpreter
{
    // Whole numbers beyond are no longer exact as float64.
    private const long LargestWhole = 1L << 53;

    /// <summary>What a function of masks gives; null for any other function.</summary>
    private SymbolicValue? RunMaskFunction(IInvocationOperation call, string name, SymbolicValue[] operands)
    {
        switch (name, operands)
        {
            case ("masked_fill", [var tensor, var mask, ConstantValue { Value: { } filling }])
                when IsTensor(tensor) && IsTensor(mask) && Arithmetic.ToDouble(filling) is { } number:
                return Compute(call, new MaskedFill(number), tensor, mask);
            case ("masked_fill_", [TensorValue target, var mask, ConstantValue { Value: { } filling }])
                when IsTensor(mask) && Arithmetic.ToDouble(filling) is { } number:
                return (mask as TensorValue ?? Beside(call, (OwnedTensorValue)mask, target)) is { } hidden
                    ? RunInPlace(call, new MaskedFill(number), target, hidden)
                    : Unknown(call);
            // The method is called on what is where the mask is true.
            case ("where", [var first, var second, var third]):
                return call.Instance is null ? Choose(call, first, second, third) : Choose(call, second, first, third);
            case ("zeros_like" or "ones_like", [TensorValue { Storage.Type: ElementType.Float32 } like, ..]) when Explicit(call) == 1:
                return new FilledValue(name == "ones_like" ? 1 : 0, like);
            case ("full_like", [TensorValue { Storage.Type: ElementType.Float32 } like, ConstantValue { Value: { } filling }, ..])
                when Explicit(call) == 2 && Arithmetic.ToDouble(filling) is { } number:
                return new FilledValue(number, like);
            case ("tensor", [ConstantValue { Value: { } filling }, ..]) when Explicit(call) == 1 && Arithmetic.ToDouble(filling) is { } number:
                return new FilledValue(number, like: null);
            case ("logical_and" or "bitwise_and", [var left, var right]):
                return CombineMasks(call, MaskCombination.And, left, right);
            case ("logical_or" or "bitwise_or", [var left, var right]):
                return CombineMasks(call, MaskCombination.Or, left, right);
            case ("logical_xor" or "bitwise_xor", [var left, var right]):
                return CombineMasks(call, MaskCombination.Xor, left, right);
            case ("bitwise_not", [var mask]) when IsTensor(mask):
                return Not(call, mask);
            case ("logical_not", [var tensor]) when IsTensor(tensor):
                return Compute(call, new CompareScalar(Relation.Equal, 0), tensor);
            case ("bool", [var tensor]) when IsTensor(tensor):
                return ConvertTo(call, ElementType.Bool, tensor);
            case (_, [var left, var right]) when RelationOf(name) is { } relation:
                return CompareWith(call, relation, left, right);
            default:
                return null;
        }
    }

    /// <summary>One of two tensors for each element. Where one of them is a number everywhere, that fills the other.</summary>
    private SymbolicValue? Choose(IOperation where, SymbolicValue mask, SymbolicValue chosen, SymbolicValue other)
    {
        if (!IsTensor(mask)) return null;
        ElementType? numbers = ElementType.Float32;
        if (ElementTypes.Misfit(new Where(), [ElementTypes.Of(mask), numbers, numbers]) is { } misfit) return Fail(where, misfit);
        if (IsTensor(chosen) && IsTensor(other)) return Compute(where, new Where(), mask, chosen, other);
        if (Fills(chosen, other)) return Compute(where, new MaskedFill(((FilledValue)chosen).Number), other, mask);
        return Fills(other, chosen) && Compute(where, new CompareScalar(Relation.Equal, 0), mask) is var turned && IsTensor(turned)
            ? Compute(where, new MaskedFill(((FilledValue)other).Number), chosen, turned)
            : null;
    }

    // Of another shape it could make the result larger.
    private static bool Fills(SymbolicValue filling, SymbolicValue tensor) => filling is FilledValue value && tensor is TensorValue target
        && (value.Like is null || (value.Like.Shape is { } shape && shape == target.Shape && value.Like.IsSequenceFirst == target.IsSequenceFirst));

    // With what a method is called on. Beyond that would come a type or device of its own.
    private static int Explicit(IInvocationOperation call) =>
        call.Arguments.Count(argument => argument.ArgumentKind == ArgumentKind.Explicit) + (call.Instance is null ? 0 : 1);

    /// <summary>A tensor of another element type; null for a conversion that the compiler does not know.</summary>
    private SymbolicValue? ConvertTo(IOperation where, ElementType? type, SymbolicValue tensor) => type switch
    {
        ElementType.Bool => Compute(where, new CompareScalar(Relation.NotEqual, 0), tensor),
        ElementType.Float32 when ElementTypes.Of(tensor) != ElementType.Float32 => Compute(where, new ToFloat32(), tensor),
        _ => null,
    };

    private SymbolicValue CompareWith(IOperation where, Relation relation, SymbolicValue left, SymbolicValue right) => (left, right) switch
    {
        _ when IsTensor(left) && IsTensor(right) => Compute(where, new Compare(relation), left, right),
        (_, ConstantValue { Value: { } value }) when IsTensor(left) && Exact(value) is { } number =>
            Compute(where, new CompareScalar(relation, number), left),
        (ConstantValue { Value: { } value }, _) when IsTensor(right) && Exact(value) is { } number =>
            Compute(where, new CompareScalar(Mirrored(relation), number), right),
        _ => Fail(left.Obstacle ?? right.Obstacle ?? new Obstacle(where.Syntax, "a comparison that it can't compile")),
    };

    private SymbolicValue CombineMasks(IOperation where, MaskCombination kind, SymbolicValue left, SymbolicValue right) =>
        IsTensor(left) && IsTensor(right)
            ? Compute(where, new CombineMasks(kind), left, right)
            : Fail(left.Obstacle ?? right.Obstacle ?? new Obstacle(where.Syntax, "an operator that it can't compile"));

    /// <summary>The bits turned round, which for a mask are its truth values.</summary>
    private SymbolicValue Not(IOperation where, SymbolicValue mask) => ElementTypes.Of(mask) == ElementType.Bool
        ? Compute(where, new CompareScalar(Relation.Equal, 0), mask)
        : Fail(where, "a logical operation on a tensor that is not of Bool");

    private static Relation? RelationOf(string function) => function switch
    {
        "eq" => Relation.Equal,
        "ne" or "not_equal" => Relation.NotEqual,
        "lt" or "less" => Relation.Less,
        "le" or "less_equal" => Relation.LessOrEqual,
        "gt" or "greater" => Relation.Greater,
        "ge" or "greater_equal" => Relation.GreaterOrEqual,
        _ => null,
    };

    private static Relation? RelationOf(BinaryOperatorKind kind) => kind switch
    {
        BinaryOperatorKind.Equals => Relation.Equal,
        BinaryOperatorKind.NotEquals => Relation.NotEqual,
        BinaryOperatorKind.LessThan => Relation.Less,
        BinaryOperatorKind.LessThanOrEqual => Relation.LessOrEqual,
        BinaryOperatorKind.GreaterThan => Relation.Greater,
        BinaryOperatorKind.GreaterThanOrEqual => Relation.GreaterOrEqual,
        _ => null,
    };

    /// <summary>What the second of two numbers is to the first.</summary>
    private static Relation Mirrored(Relation relation) => relation switch
    {
        Relation.Less => Relation.Greater,
        Relation.LessOrEqual => Relation.GreaterOrEqual,
        Relation.Greater => Relation.Less,
        Relation.GreaterOrEqual => Relation.LessOrEqual,
        _ => relation,
    };

    private static double? Exact(object value) =>
        Arithmetic.ToLong(value) is < -LargestWhole or > LargestWhole ? null : Arithmetic.ToDouble(value);
}
