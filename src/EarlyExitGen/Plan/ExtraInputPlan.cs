using System.Collections.Immutable;

namespace EarlyExitGen;

/// <summary>An extra input: what is passed along beside the features.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Shape">The shape of one row, without the batch dimension.</param>
/// <param name="Type">Its element type.</param>
public sealed record ExtraInputPlan(string Name, ImmutableArray<int> Shape, ElementType Type);

/// <summary>What one element of an extra input is. The numbers are those of TorchSharp's <c>ScalarType</c>.</summary>
#pragma warning disable CA1720 // They are the names that tensors have.
public enum ElementType
{
    /// <summary>A whole number of 64 bits: ids.</summary>
    Int64 = 4,

    /// <summary>A number in single precision.</summary>
    Float32 = 6,

    /// <summary>True or false: a mask.</summary>
    Bool = 11,
}
#pragma warning restore CA1720
