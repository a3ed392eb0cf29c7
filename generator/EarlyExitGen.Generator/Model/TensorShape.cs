namespace EarlyExitGen.Generator.Model;

/// <summary>The shape of one sample: every dimension but the batch.</summary>
internal sealed record TensorShape(EquatableArray<long> Dimensions)
{
    public int Rank => Dimensions.Count;

    /// <summary>How many elements a sample has; null when that is beyond any real network.</summary>
    public long? Elements => Sizes.Product(Dimensions);

    public override string ToString() => $"[{string.Join(",", Dimensions)}]";
}
