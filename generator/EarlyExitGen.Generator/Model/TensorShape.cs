namespace EarlyExitGen.Generator.Model;

/// <summary>The shape of one sample: every dimension but the batch.</summary>
internal sealed record TensorShape(EquatableArray<long> Dimensions)
{
    public int Rank => Dimensions.Count;

    /// <summary>How many elements a sample has; null when that is beyond any real network.</summary>
    public long? Elements => Sizes.Product(Dimensions);

    /// <summary>The shape of one input as declared; null when it is not declared, or not possible.</summary>
    public static TensorShape? OfInput(EquatableArray<long> declared) =>
        declared.Count > 0 && declared.All(dimension => dimension > 0) ? new TensorShape(declared) : null;

    public override string ToString() => $"[{string.Join(",", Dimensions)}]";
}
