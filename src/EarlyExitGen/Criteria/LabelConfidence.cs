using System.Runtime.CompilerServices;

namespace EarlyExitGen.Criteria;

/// <summary>
/// How sure the least sure of several labels is, in [1/2, 1]: the smallest max(p, 1 − p) over the labels' probabilities p = sigmoid(logit).
/// An input leaves when it is at least the threshold.
/// </summary>
public readonly struct LabelConfidence : IExitCriterion
{
    /// <inheritdoc/>
    public static string Name => "label confidence";

    /// <summary>sigmoid(min |logit|). NaN when the logits contain NaN.</summary>
    /// <param name="logits">One value per label; at least one.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Score(ReadOnlySpan<float> logits)
    {
        float smallest = float.PositiveInfinity;
        foreach (float logit in logits) smallest = MathF.Min(smallest, MathF.Abs(logit));
        return 1 / (1 + MathF.Exp(-smallest));
    }

    /// <summary>Whether <paramref name="score"/> is at least <paramref name="threshold"/>.</summary>
    public static bool ShouldExit(float score, float threshold) => score >= threshold;
}
