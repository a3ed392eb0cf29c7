using System.Collections.Immutable;
using EarlyExitGen.Generator.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace EarlyExitGen.Generator.Parse;

/// <summary>
/// Reads the arguments of a factory call by parameter name, whatever their order, with the defaults filled in. Every reader gives null
/// for what is no constant; <see cref="Failed"/> then tells that the call as a whole is not understood.
/// </summary>
internal sealed class ArgumentReader(ImmutableArray<IArgumentOperation> arguments)
{
    private IOperation? asked;

    /// <summary>Whether a value was asked for that is no constant.</summary>
    public bool Failed { get; private set; }

    /// <summary>The first argument that is no constant, once <see cref="Failed"/>; null when it is one left out.</summary>
    public IOperation? Obstacle { get; private set; }

    public bool Has(string parameter) => Find(parameter) is not null;

    public IOperation? Find(string parameter)
    {
        foreach (IArgumentOperation argument in arguments)
        {
            if (argument.Parameter?.Name == parameter) return asked = Unwrap(argument.Value);
        }

        return asked = null;
    }

    public long Long(string parameter, long fallback = 0) => Find(parameter) is { } value ? OneLong(value) ?? fallback : fallback;

    public bool Bool(string parameter, bool fallback) => Constant(parameter) is bool value ? value : FailUnlessAbsent(parameter, fallback);

    public double Double(string parameter, double fallback) => Constant(parameter) switch
    {
        double value => value,
        float value => value,
        long value => value,
        int value => value,
        _ => FailUnlessAbsent(parameter, fallback),
    };

    public int Enum(string parameter, int fallback) => Constant(parameter) switch
    {
        int value => value,
        _ => FailUnlessAbsent(parameter, fallback),
    };

    /// <summary>One value per spatial dimension, from a number, a tuple or an array; <paramref name="fallback"/> where it is left out or null.</summary>
    public EquatableArray<long> Spatial(string parameter, int rank, EquatableArray<long> fallback)
    {
        IOperation? value = Find(parameter);
        if (value is null || IsNull(value)) return fallback;
        if (value is ITupleOperation tuple) return Longs(tuple.Elements, rank);
        if (Elements(value) is { } elements) return Longs(elements, rank);
        return OneLong(value) is { } number ? Repeat(number, rank) : fallback;
    }

    /// <summary>A list of numbers of any length, from a number or an array.</summary>
    public EquatableArray<long> List(string parameter)
    {
        IOperation? value = Find(parameter);
        if (value is null) return Fail<EquatableArray<long>>(default);
        if (Elements(value) is { } elements) return Longs(elements, elements.Length);
        return OneLong(value) is { } number ? [number] : default;
    }

    /// <summary>The same number for every spatial dimension.</summary>
    public static EquatableArray<long> Repeat(long value, int rank) => new([.. Enumerable.Repeat(value, rank)]);

    /// <summary>Without implicit conversions and parentheses around it.</summary>
    public static IOperation Unwrap(IOperation operation)
    {
        while (true)
        {
            switch (operation)
            {
                case IConversionOperation { OperatorMethod: null } conversion when !conversion.ConstantValue.HasValue:
                    operation = conversion.Operand;
                    break;
                case IParenthesizedOperation parenthesized:
                    operation = parenthesized.Operand;
                    break;
                default:
                    return operation;
            }
        }
    }

    /// <summary>The elements of an array or collection expression written out in the source; null for anything else.</summary>
    public static ImmutableArray<IOperation>? Elements(IOperation operation) => Unwrap(operation) switch
    {
        IArrayCreationOperation { Initializer: { } initializer } => initializer.ElementValues,
        IArrayCreationOperation { DimensionSizes: [{ ConstantValue: { HasValue: true, Value: 0 } }] } => [],
        ICollectionExpressionOperation collection when !collection.Elements.Any(element => element is ISpreadOperation) =>
            collection.Elements,
        _ => null,
    };

    private object? Constant(string parameter) =>
        Find(parameter) is { ConstantValue: { HasValue: true, Value: var value } } ? value : null;

    private T FailUnlessAbsent<T>(string parameter, T fallback) => Has(parameter) ? Fail(fallback) : fallback;

    private EquatableArray<long> Longs(ImmutableArray<IOperation> values, int expected)
    {
        if (values.Length != expected) return Fail<EquatableArray<long>>(default);
        ImmutableArray<long>.Builder numbers = ImmutableArray.CreateBuilder<long>(expected);
        foreach (IOperation value in values) numbers.Add(OneLong(Unwrap(value)) ?? 0);
        return new EquatableArray<long>(numbers.ToImmutable());
    }

    private long? OneLong(IOperation operation) => operation.ConstantValue is { HasValue: true, Value: var value }
        ? value switch
        {
            long number and >= int.MinValue and <= int.MaxValue => number,
            int number => number,
            uint number => number,
            short number => number,
            ushort number => number,
            byte number => number,
            sbyte number => number,
            _ => Fail<long?>(null),
        }
        : Fail<long?>(null);

    private T Fail<T>(T value)
    {
        if (!Failed) Obstacle = asked;
        Failed = true;
        return value;
    }

    private static bool IsNull(IOperation operation) =>
        operation is IDefaultValueOperation || operation.ConstantValue is { HasValue: true, Value: null };
}
