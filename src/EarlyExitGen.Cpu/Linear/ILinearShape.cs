using EarlyExitGen.Cpu.Activations;

namespace EarlyExitGen.Cpu.Linear;

/// <summary>
/// One linear layer's constants: <c>activation(input · weightᵀ + bias)</c> for each row. The input is rows of features,
/// <c>[rows][⌈features / 16⌉·16]</c>, or one blocked feature map to flatten; the output is rows, the lanes beyond its features
/// anything finite.
/// </summary>
public interface ILinearShape
{
    /// <summary>Features of the input, or channels of a map that is flattened.</summary>
    static abstract int InputFeatures { get; }

    /// <summary>Features of the output.</summary>
    static abstract int OutputFeatures { get; }

    /// <summary>Rows of the map that is flattened.</summary>
    static virtual int InputHeight => 1;

    /// <summary>Columns of the map that is flattened.</summary>
    static virtual int InputWidth => 1;

    /// <summary>The room around the map that is flattened.</summary>
    static virtual int InputBorder => 0;

    /// <summary>What is applied to the sum.</summary>
    static virtual Activation Activation => Activation.None;

    /// <summary>The slope of <see cref="Activation.LeakyRelu"/>.</summary>
    static virtual float NegativeSlope => 0.01f;
}
