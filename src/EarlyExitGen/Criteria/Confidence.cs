using System.Runtime.CompilerServices;

namespace EarlyExitGen.Criteria;

/// <summary>
/// The largest softmax probability, in [1/C, 1]; an input leaves when it is at least the threshold. Hendrycks and Gimpel, "A Baseline
/// for Detecting Misclassified and Out-of-Distribution Examples in Neural Networks", 2017.
/// </summary>
public readonly struct Confidence : IExitCriterion
{
    /// <inheritdoc/>
    public static string Name => "confidence";

    /// <summary>max softmax(logits). One for a single class or an infinite logit that stands alone; NaN when the logits contain NaN.</summary>
    /// <param name="logits">One value per class; at least one.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Score(ReadOnlySpan<float> logits)
    {
        if (logits.Length == 2)
        {
            // One exponential instead of two. NaN also where both are infinite, which the sums below tell apart.
            float difference = MathF.Abs(logits[0] - logits[1]);
            if (!float.IsNaN(difference)) return 1 / (1 + Softmax.Exp(-difference));
        }

        float max = Softmax.Max(logits);
        return float.IsInfinity(max) ? InfiniteLogits.Share(logits, max) : 1 / Softmax.SumOfExp(logits, max);
    }

    /// <summary>Whether <paramref name="score"/> is at least <paramref name="threshold"/>.</summary>
    public static bool ShouldExit(float score, float threshold) => score >= threshold;
}
