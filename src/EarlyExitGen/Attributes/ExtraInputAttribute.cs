using TorchSharp;

namespace EarlyExitGen;

/// <summary>
/// Declares a tensor that is passed along unchanged beside the features, one row for each input: an attention mask, segment ids.
/// Every stage, exit or gate that is a method takes it by declaring a parameter of its name after the features.
/// </summary>
/// <param name="name">Its name, which is that of the parameters.</param>
/// <param name="shape">The shape of one row, without the batch dimension, for example <c>128</c>.</param>
/// <remarks>
/// Callers pass the extra inputs after the input, in the order of their declaration. They are borrowed and never written: a method that the
/// compiler can't follow, and that might write to one, gets a copy. There is no CPU pipeline.
/// </remarks>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true, Inherited = false)]
public sealed class ExtraInputAttribute(string name, params int[] shape) : Attribute
{
    /// <summary>Its name, which is that of the parameters.</summary>
    public string Name { get; } = name;

    /// <summary>The shape of one row, without the batch dimension.</summary>
    public int[] Shape { get; } = shape;

    /// <summary>The element type: <c>Float32</c>, <c>Int64</c> for ids, or <c>Bool</c> for masks.</summary>
    public torch.ScalarType Type { get; set; } = torch.ScalarType.Float32;
}
