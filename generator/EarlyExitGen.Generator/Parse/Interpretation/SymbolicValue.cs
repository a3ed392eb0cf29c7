using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Parse;

/// <summary>What the interpreter knows of an expression's value when the network is built.</summary>
internal abstract class SymbolicValue
{
    /// <summary>What is no tensor, module or constant; null when it is known.</summary>
    public virtual Obstacle? Obstacle => null;
}

/// <summary>A number, text, truth value, enumeration member or null.</summary>
internal sealed class ConstantValue(object? value) : SymbolicValue
{
    public static readonly ConstantValue Null = new(null);

    public object? Value => value;
}

/// <summary>A value that only the running program knows, and why.</summary>
internal sealed class UnknownValue(Obstacle obstacle) : SymbolicValue
{
    public override Obstacle Obstacle => obstacle;
}

/// <summary>How many rows the batch has.</summary>
internal sealed class BatchSizeValue : SymbolicValue
{
    public static readonly BatchSizeValue Instance = new();
}

/// <summary>A tensor that holds one number everywhere.</summary>
/// <param name="like">The tensor whose shape it has; null for one number by itself.</param>
internal sealed class FilledValue(double number, TensorValue? like) : SymbolicValue
{
    public double Number => number;

    public TensorValue? Like => like;
}

/// <summary>The shape of a tensor, batch first.</summary>
internal sealed class ShapeValue(TensorShape? sample) : SymbolicValue
{
    /// <summary>Every dimension but the batch; null when unknown.</summary>
    public TensorShape? Sample => sample;
}

/// <summary>An array, tuple, list or module list: what can be indexed and counted. Lists grow.</summary>
internal sealed class ListValue(List<SymbolicValue> items) : SymbolicValue
{
    public List<SymbolicValue> Items => items;
}

/// <summary>Something whose methods only concern memory: a dispose scope, a gradient guard.</summary>
internal sealed class ScopeValue : SymbolicValue
{
    public static readonly ScopeValue Instance = new();
}

/// <summary>A variable of the user's code that holds a tensor. An operation that overwrites the tensor changes what it stands for.</summary>
internal sealed class TensorValue(int number, TensorShape? shape, TensorStorage storage) : SymbolicValue
{
    /// <summary>The value of the part's layers that it stands for.</summary>
    public int Number { get; set; } = number;

    public TensorShape? Shape => shape;

    public TensorStorage Storage => storage;

    /// <summary>How often its memory had been overwritten when this variable was last right.</summary>
    public int Version { get; set; } = storage.Version;

    /// <summary>
    /// Whether the user's code has the sequence first and the batch second, as TorchSharp's attention modules do: [S, N, E]. The layers
    /// have the batch first in either order, and nothing is moved.
    /// </summary>
    public bool IsSequenceFirst { get; private init; }

    /// <summary>The same tensor as the user's code sees it in another order.</summary>
    public TensorValue InOrder(bool sequenceFirst) => new(Number, shape, storage) { Version = Version, IsSequenceFirst = sequenceFirst };
}

/// <summary>The memory that a tensor and its views share.</summary>
internal sealed class TensorStorage
{
    /// <summary>How often it was overwritten.</summary>
    public int Version { get; set; }

    /// <summary>Whether it is a parameter's or a buffer's, which nobody may overwrite.</summary>
    public bool IsOwned { get; init; }

    /// <summary>Whether it is the caller's, passed beside the input.</summary>
    public bool IsExtraInput { get; init; }

    /// <summary>
    /// What its elements are, where that matters: of an extra input, a buffer or a comparison. The network's own input counts as numbers. Null
    /// for a buffer of which the source does not tell.
    /// </summary>
    public ElementType? Type { get; init; } = ElementType.Float32;
}
