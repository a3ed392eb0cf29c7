using System.Collections.Immutable;
using EarlyExitGen.Generator.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace EarlyExitGen.Generator.Parse;

/// <summary>
/// Reads the arguments of a call by parameter name, whatever their order, with the defaults filled in. A reader of what is no constant
/// gives the fallback; <see cref="Failed"/> then tells that the call as a whole is not understood.
/// </summary>
internal sealed class ArgumentReader(IReadOnlyList<ArgumentReader.Argument> arguments)
{
    // They change nothing at inference, or are checked when the weights are read.
    private static readonly string[] Harmless =
        ["device", "dtype", "init", "inplace", "momentum", "norm_type", "padding_idx", "scale_grad_by_freq", "sparse"];

    private readonly HashSet<string> read = new(StringComparer.Ordinal);
    private Argument? asked;

    /// <summary>Every value, in the order of the parameters.</summary>
    public IEnumerable<SymbolicValue> InOrder =>
        arguments.OrderBy(argument => argument.Source.Parameter!.Ordinal).Select(argument => argument.Value);

    /// <summary>Whether every argument that the author wrote was read, and was what it should be.</summary>
    public bool IsUnderstood => !Failed && arguments.All(argument => argument.Source.IsImplicit
        || argument.Value is TensorValue or OwnedTensorValue
        || read.Contains(argument.Parameter)
        || Harmless.Contains(argument.Parameter));

    /// <summary>Whether a value was asked for that is no constant.</summary>
    public bool Failed { get; private set; }

    /// <summary>The first argument that is no constant, once <see cref="Failed"/>; null when it is one left out.</summary>
    public Obstacle? Obstacle { get; private set; }

    public bool Has(string parameter) => Find(parameter) is not null;

    public bool IsNull(string parameter) => Find(parameter) is null or ConstantValue { Value: null };

    public SymbolicValue? Find(string parameter)
    {
        read.Add(parameter);
        asked = arguments.FirstOrDefault(argument => argument.Parameter == parameter);
        return asked?.Value;
    }

    /// <summary>The type that the call's overload has for a parameter; null when it has no such parameter.</summary>
    public ITypeSymbol? TypeOf(string parameter) => arguments.FirstOrDefault(argument => argument.Parameter == parameter)?.Type;

    public long Long(string parameter, long fallback = 0) => Find(parameter) is { } value ? OneLong(value) ?? fallback : fallback;

    /// <summary>A number of channels or features, which may be unknown: the weights tell it.</summary>
    public long? Width(string parameter) => Find(parameter) switch
    {
        null => Fail<long?>(null),
        UnknownValue => null,
        var value => OneLong(value),
    };

    public bool Bool(string parameter, bool fallback) => Constant(parameter) is bool value ? value : FailUnlessAbsent(parameter, fallback);

    public double Double(string parameter, double fallback) =>
        Constant(parameter) is { } value && Arithmetic.ToDouble(value) is { } number ? number : FailUnlessAbsent(parameter, fallback);

    /// <summary>A number that changes nothing at inference; null when it is no constant.</summary>
    public double? Comment(string parameter, double fallback) => Find(parameter) is UnknownValue ? null : Double(parameter, fallback);

    public int Enum(string parameter, int fallback) => Constant(parameter) switch
    {
        int value => value,
        _ => FailUnlessAbsent(parameter, fallback),
    };

    /// <summary>One value per spatial dimension, from a number, a tuple or an array; <paramref name="fallback"/> where it is left out or null.</summary>
    public EquatableArray<long> Spatial(string parameter, int rank, EquatableArray<long> fallback) => Find(parameter) switch
    {
        null or ConstantValue { Value: null } => fallback,
        ListValue list when list.Items.Count == rank => Longs(list.Items),
        ListValue => Fail<EquatableArray<long>>(default),
        var value => OneLong(value) is { } number ? Repeat(number, rank) : fallback,
    };

    /// <summary>A list of numbers of any length, from a number or an array.</summary>
    public EquatableArray<long> List(string parameter) => Find(parameter) switch
    {
        null => Fail<EquatableArray<long>>(default),
        ListValue list => Longs(list.Items),
        var value => OneLong(value) is { } number ? [number] : default,
    };

    public EquatableArray<long> Longs(IReadOnlyList<SymbolicValue> values)
    {
        ImmutableArray<long>.Builder numbers = ImmutableArray.CreateBuilder<long>(values.Count);
        foreach (SymbolicValue value in values) numbers.Add(OneLong(value) ?? 0);
        return new EquatableArray<long>(numbers.ToImmutable());
    }

    /// <summary>A list of numbers that need not be whole.</summary>
    public EquatableArray<double> Doubles(string parameter)
    {
        if (Find(parameter) is not ListValue list) return Fail<EquatableArray<double>>([]);
        double?[] numbers = [.. list.Items.Select(item => item is ConstantValue { Value: { } value } ? Arithmetic.ToDouble(value) : null)];
        return Array.TrueForAll(numbers, number => number is not null)
            ? new EquatableArray<double>([.. numbers.Select(number => number!.Value)])
            : Fail<EquatableArray<double>>([]);
    }

    /// <summary>The same number for every spatial dimension.</summary>
    public static EquatableArray<long> Repeat(long value, int rank) => new([.. Enumerable.Repeat(value, rank)]);

    private object? Constant(string parameter) => (Find(parameter) as ConstantValue)?.Value;

    private T FailUnlessAbsent<T>(string parameter, T fallback) => Has(parameter) ? Fail(fallback) : fallback;

    private long? OneLong(SymbolicValue value) =>
        value is ConstantValue { Value: { } constant } && Arithmetic.ToLong(constant) is { } number and >= int.MinValue and <= int.MaxValue
            ? number
            : Fail<long?>(null);

    private T Fail<T>(T value)
    {
        if (!Failed && asked is { } argument)
        {
            Obstacle = argument.Value is UnknownValue { Obstacle: { } inner } && argument.Source.IsImplicit
                ? inner
                : new Obstacle(argument.Source.Value.Syntax, "an argument that is no constant");
        }

        Failed = true;
        return value;
    }

    /// <summary>One argument of a call.</summary>
    internal sealed record Argument(string Parameter, ITypeSymbol Type, SymbolicValue Value, IArgumentOperation Source);
}
