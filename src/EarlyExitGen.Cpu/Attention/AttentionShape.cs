using EarlyExitGen.Cpu.Memory;

namespace EarlyExitGen.Cpu.Attention;

/// <summary>The shape of attention over a short sequence.</summary>
/// <param name="Heads">Heads, each with queries, keys and values of its own.</param>
/// <param name="Queries">Queries of a head.</param>
/// <param name="Keys">Keys, and values, of a head.</param>
/// <param name="Features">Features of a query and of a key.</param>
/// <param name="ValueFeatures">Features of a value and of an output.</param>
/// <param name="IsCausal">Whether a query sees only as many keys as its own place in the sequence.</param>
public readonly record struct AttentionShape(int Heads, int Queries, int Keys, int Features, int ValueFeatures, bool IsCausal = false)
{
    /// <summary>Queries that are computed together: few enough for their scores to stay near.</summary>
    internal const int QueriesTogether = 32;

    /// <summary>The floats of scratch that a call needs: the keys as the product reads them, the values, scores and sums.</summary>
    public int ScratchLength => checked(PackedKeys + PackedValues + Scores + (QueriesTogether * PaddedValueFeatures));

    internal int PackedKeys => checked(PaddedKeys * Features);

    internal int PackedValues => checked(Keys * PaddedValueFeatures);

    internal int Scores => checked(QueriesTogether * PaddedKeys);

    internal int PaddedKeys => Padded(Keys);

    internal int PaddedValueFeatures => Padded(ValueFeatures);

    private static int Padded(int count) =>
        (count + FeatureMapLayout.ChannelsPerBlock - 1) / FeatureMapLayout.ChannelsPerBlock * FeatureMapLayout.ChannelsPerBlock;
}
