namespace EarlyExitGen.Generator.Model;

/// <summary>
/// A tensor that the network owns, a parameter or a buffer, as it is when the network is frozen. It reads nothing, and is the same for every
/// row: a batch of one.
/// </summary>
/// <param name="Stored">Its shape in the state dictionary; null when the source has no constant for it.</param>
/// <param name="Shape">Its shape as that of one sample; null when it, or that of the tensor beside it, is unknown: then it stays as it is.</param>
/// <param name="IsTrained">Whether it is a parameter.</param>
/// <param name="Type">What its elements are; null when the source does not tell.</param>
internal sealed record OwnedTensor(TensorShape? Stored, TensorShape? Shape, bool IsTrained, ElementType? Type) : Operation;

/// <summary>A tensor of one row for every row of the batch, which is that of the second input: a view without copies.</summary>
/// <param name="Shape">Every dimension but the batch; -1 for one that stays as it is.</param>
internal sealed record Expand(EquatableArray<long> Shape) : Operation;

/// <summary>Combines two tensors element by element; dimensions of size 1 are repeated.</summary>
internal sealed record Elementwise(ElementwiseKind Kind) : Operation;

/// <summary>The ways in which two tensors, or a tensor and a number, are combined.</summary>
internal enum ElementwiseKind
{
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// <summary>Combines every element with one number.</summary>
internal sealed record ScalarArithmetic(ElementwiseKind Kind, double Value) : Operation;

/// <summary>Joins tensors along a dimension, counted with the batch; negative from the end.</summary>
internal sealed record Concatenate(long Dimension) : Operation;

/// <summary>The product of the last two dimensions of two tensors, for each of the dimensions before them.</summary>
internal sealed record Matmul : Operation;

/// <summary>Softmax over a dimension, counted with the batch; negative from the end.</summary>
internal sealed record Softmax(long Dimension, bool Logarithm) : Operation;

/// <summary>The mean over dimensions, counted with the batch; negative from the end.</summary>
internal sealed record Mean(EquatableArray<long> Dimensions, bool Keep) : Operation;

/// <summary>The sum over dimensions, counted with the batch; negative from the end.</summary>
internal sealed record Sum(EquatableArray<long> Dimensions, bool Keep) : Operation;

/// <summary>The number where the second input, a mask, is true, and elsewhere the first.</summary>
internal sealed record MaskedFill(double Value) : Operation;

/// <summary>Combines two masks element by element; dimensions of size 1 are repeated.</summary>
internal sealed record CombineMasks(MaskCombination Kind) : Operation;

/// <summary>The ways in which two masks are combined.</summary>
internal enum MaskCombination
{
    And,
    Or,
    Xor,
}

/// <summary>Compares each element with a number; the result is a mask.</summary>
internal sealed record CompareScalar(Relation Kind, double Value) : Operation;

/// <summary>Compares two tensors element by element; dimensions of size 1 are repeated. The result is a mask.</summary>
internal sealed record Compare(Relation Kind) : Operation;

/// <summary>How two numbers may compare.</summary>
internal enum Relation
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// <summary>The second input where the first, a mask, is true, and elsewhere the third; dimensions of size 1 are repeated.</summary>
internal sealed record Where : Operation;

/// <summary>The elements, whole numbers or truth values, as numbers in single precision.</summary>
internal sealed record ToFloat32 : Operation;

/// <summary>
/// softmax(query · keyᵀ / √width) · value over tensors […, length, width]; inputs in that order, then a mask of pairs if there is one.
/// </summary>
internal sealed record Attention(bool Causal) : Operation;

/// <summary>The rows of an embedding table that token ids name.</summary>
internal sealed record Embedding(long? Count, long? Features) : Operation;

/// <summary>The same elements in another shape. The batch stays the first dimension.</summary>
/// <param name="Shape">Every dimension but the batch; one may be -1 for what is left.</param>
internal sealed record Reshape(EquatableArray<long> Shape) : Operation;

/// <summary>Other order of dimensions, counted with the batch; the batch stays first.</summary>
internal sealed record Permute(EquatableArray<long> Order) : Operation;

/// <summary>Two dimensions changed for each other, counted with the batch; negative from the end.</summary>
internal sealed record Transpose(long First, long Second) : Operation;

/// <summary>One position of a dimension, which disappears.</summary>
internal sealed record Select(long Dimension, long Index) : Operation;

/// <summary>A part of a dimension.</summary>
internal sealed record Narrow(long Dimension, long Start, long Length) : Operation;

/// <summary>A dimension of size 1 put in, or taken out.</summary>
internal sealed record Unsqueeze(long Dimension) : Operation;

/// <inheritdoc cref="Unsqueeze"/>
internal sealed record Squeeze(long Dimension) : Operation;
