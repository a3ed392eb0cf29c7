using System.Runtime.CompilerServices;

namespace EarlyExitGen.Criteria;

/// <summary>
/// The entropy of the softmax in nats, in [0, ln C]; an input leaves when it is at most the threshold. Teerapittayanon, McDanel and
/// Kung, "BranchyNet: Fast Inference via Early Exiting from Deep Neural Networks", 2016.
/// </summary>
public readonly struct Entropy : IExitCriterion
{
    /// <inheritdoc/>
    public static string Name => "entropy";

    /// <summary>−Σ p·ln p over p = softmax(logits), in nats. NaN when the logits contain NaN.</summary>
    /// <param name="logits">One value per class; at least one.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Score(ReadOnlySpan<float> logits)
    {
        float max = Softmax.Max(logits);
        if (float.IsInfinity(max)) return -MathF.Log(InfiniteLogits.Share(logits, max));

        // With s = Σ exp(x) and t = Σ x·exp(x): H = ln s − t/s. Rounding may leave a hair below zero.
        Softmax.Moments sums = Softmax.SumsOfExp(logits, max);
        float entropy = MathF.Log(sums.SumOfExp) - (sums.WeightedSum / sums.SumOfExp);
        return entropy < 0 ? 0 : entropy;
    }

    /// <summary>Whether <paramref name="score"/> is at most <paramref name="threshold"/>.</summary>
    public static bool ShouldExit(float score, float threshold) => score <= threshold;
}
