using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace EarlyExitGen.Generator.Parse;

/// <summary>C# arithmetic on the constants that hyper-parameters are: whole numbers, numbers, truth values, text.</summary>
internal static class Arithmetic
{
    /// <summary>A whole number of any type; null for anything else.</summary>
    public static long? ToLong(object value) => value switch
    {
        long number => number,
        int number => number,
        uint number => number,
        short number => number,
        ushort number => number,
        byte number => number,
        sbyte number => number,
        _ => null,
    };

    /// <summary>A number of any type; null for anything else.</summary>
    public static double? ToDouble(object value) => value switch
    {
        double number => number,
        float number => number,
        _ => ToLong(value),
    };

    /// <summary>A constant as another type; null when that type is none of ours, or can't hold it.</summary>
    public static object? Convert(object value, ITypeSymbol? type)
    {
        ITypeSymbol? target = type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T, TypeArguments: [var inner] }
            ? inner
            : type;
        return (target?.SpecialType, ToLong(value), ToDouble(value)) switch
        {
            (SpecialType.System_Int32, { } number, _) => number is >= int.MinValue and <= int.MaxValue ? (int)number : null,
            (SpecialType.System_Int32, _, { } number) => number is > int.MinValue and < int.MaxValue ? (int)number : null,
            (SpecialType.System_Int64, { } number, _) => number,
            (SpecialType.System_Int64, _, { } number) => Math.Abs(number) < 1L << 52 ? (long)number : null,
            (SpecialType.System_Double, _, { } number) => number,
            (SpecialType.System_Single, _, { } number) => (float)number,
            (SpecialType.System_Object or SpecialType.System_String or SpecialType.System_Boolean, _, _) => value,
            _ => target?.TypeKind is TypeKind.Enum or TypeKind.Interface ? value : null,
        };
    }

    /// <summary>The result of an operator; null when it has none: another type, division by zero, overflow.</summary>
    public static object? Binary(BinaryOperatorKind kind, object left, object right)
    {
        if (left is bool a && right is bool b) return Logical(kind, a, b);
        if (left is string || right is string) return Text(kind, left, right);
        if (ToLong(left) is { } x && ToLong(right) is { } y)
        {
            return Whole(kind, x, y) switch
            {
                // C# would wrap around, or throw when checked: neither is a hyper-parameter that anybody meant.
                long result when left is int && right is int => result is >= int.MinValue and <= int.MaxValue ? (int)result : null,
                var result => result,
            };
        }

        return ToDouble(left) is { } p && ToDouble(right) is { } q ? Real(kind, p, q, isSingle: left is not double && right is not double) : null;
    }

    public static object? Unary(UnaryOperatorKind kind, object value) => (kind, value) switch
    {
        (UnaryOperatorKind.Not, bool truth) => !truth,
        (UnaryOperatorKind.Plus, _) => ToDouble(value) is null ? null : value,
        (UnaryOperatorKind.Minus, int number) => number == int.MinValue ? null : -number,
        (UnaryOperatorKind.Minus, long number) => number == long.MinValue ? null : -number,
        (UnaryOperatorKind.Minus, double number) => -number,
        (UnaryOperatorKind.Minus, float number) => -number,
        _ => null,
    };

    private static object? Logical(BinaryOperatorKind kind, bool left, bool right) => kind switch
    {
        BinaryOperatorKind.And or BinaryOperatorKind.ConditionalAnd => left && right,
        BinaryOperatorKind.Or or BinaryOperatorKind.ConditionalOr => left || right,
        BinaryOperatorKind.ExclusiveOr or BinaryOperatorKind.NotEquals => left != right,
        BinaryOperatorKind.Equals => left == right,
        _ => null,
    };

    private static object? Text(BinaryOperatorKind kind, object left, object right) => (kind, left, right) switch
    {
        (BinaryOperatorKind.Equals, string a, string b) => a == b,
        (BinaryOperatorKind.NotEquals, string a, string b) => a != b,
        (BinaryOperatorKind.Add, _, _) when ToLong(left) is not null || ToLong(right) is not null || (left is string && right is string) =>
            System.Convert.ToString(left, System.Globalization.CultureInfo.InvariantCulture)
            + System.Convert.ToString(right, System.Globalization.CultureInfo.InvariantCulture),
        _ => null,
    };

    private static object? Whole(BinaryOperatorKind kind, long left, long right)
    {
        try
        {
            return kind switch
            {
                BinaryOperatorKind.Add => checked(left + right),
                BinaryOperatorKind.Subtract => checked(left - right),
                BinaryOperatorKind.Multiply => checked(left * right),
                BinaryOperatorKind.Divide => right is 0 or -1 ? right == 0 ? null : checked(-left) : left / right,
                BinaryOperatorKind.Remainder => right is 0 ? null : right == -1 ? 0L : left % right,
                BinaryOperatorKind.LeftShift => right is >= 0 and < 31 && Math.Abs(left) < 1L << 31 ? left << (int)right : null,
                BinaryOperatorKind.RightShift => right is >= 0 and < 31 ? left >> (int)right : null,
                _ => Compare(kind, left.CompareTo(right)),
            };
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    private static object? Real(BinaryOperatorKind kind, double left, double right, bool isSingle)
    {
        double? result = kind switch
        {
            BinaryOperatorKind.Add => left + right,
            BinaryOperatorKind.Subtract => left - right,
            BinaryOperatorKind.Multiply => left * right,
            BinaryOperatorKind.Divide => left / right,
            _ => null,
        };
        if (result is { } number) return isSingle ? (float)number : number;
        return double.IsNaN(left) || double.IsNaN(right) ? null : Compare(kind, left.CompareTo(right));
    }

    private static object? Compare(BinaryOperatorKind kind, int order) => kind switch
    {
        BinaryOperatorKind.Equals => order == 0,
        BinaryOperatorKind.NotEquals => order != 0,
        BinaryOperatorKind.LessThan => order < 0,
        BinaryOperatorKind.LessThanOrEqual => order <= 0,
        BinaryOperatorKind.GreaterThan => order > 0,
        BinaryOperatorKind.GreaterThanOrEqual => order >= 0,
        _ => null,
    };
}
