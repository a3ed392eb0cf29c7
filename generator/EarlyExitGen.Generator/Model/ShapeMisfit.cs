namespace EarlyExitGen.Generator.Model;

/// <summary>Why an operation can't take what arrives.</summary>
/// <param name="Expected">What it needs, for people.</param>
/// <param name="Actual">What is there, for people.</param>
/// <param name="Fitting">The number of features or channels with which it would fit, if one would.</param>
internal sealed record ShapeMisfit(MisfitKind Kind, string Expected, string Actual, long? Fitting = null);

/// <summary>The ways in which an operation does not fit its input.</summary>
internal enum MisfitKind
{
    /// <summary>Another number of channels.</summary>
    Channels,

    /// <summary>Another number of features in the last dimensions.</summary>
    Features,

    /// <summary>A map where a linear layer wants a vector.</summary>
    Unflattened,

    /// <summary>Another number of dimensions.</summary>
    Rank,

    /// <summary>The kernel of a convolution does not fit on its map.</summary>
    Kernel,

    /// <summary>A pooling window does not fit: the map would have no element left.</summary>
    Vanishing,

    /// <summary>Two values that an operation combines do not fit each other.</summary>
    Operands,

    /// <summary>Arguments that no input would fit.</summary>
    Arguments,
}

/// <summary>The shape of a result, or why there is none; neither when nothing can be said.</summary>
internal readonly record struct InferredShape(TensorShape? Shape, ShapeMisfit? Misfit)
{
    public static implicit operator InferredShape(TensorShape? shape) => new(shape, null);

    public static implicit operator InferredShape(ShapeMisfit misfit) => new(null, misfit);
}
