using System.Runtime.CompilerServices;

namespace EarlyExitGen.Criteria;

/// <summary>
/// The entropy of the softmax as a share of the largest that this number of classes can have, in [0, 1]; an input leaves when it is at
/// most the threshold, which so means the same for any number of classes. See <see cref="Entropy"/>.
/// </summary>
public readonly struct NormalizedEntropy : IExitCriterion
{
    /// <inheritdoc/>
    public static string Name => "normalized entropy";

    /// <summary>−Σ p·ln p / ln C over p = softmax(logits); 0 for a single class. NaN when the logits contain NaN.</summary>
    /// <param name="logits">One value per class; at least one.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Score(ReadOnlySpan<float> logits)
    {
        float entropy = Entropy.Score(logits);
        return logits.Length == 1 ? entropy : MathF.Min(entropy / MathF.Log(logits.Length), 1);
    }

    /// <summary>Whether <paramref name="score"/> is at most <paramref name="threshold"/>.</summary>
    public static bool ShouldExit(float score, float threshold) => score <= threshold;
}
