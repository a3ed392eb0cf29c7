using System.Runtime.CompilerServices;

namespace EarlyExitGen.Criteria;

/// <summary>
/// The difference between the two largest softmax probabilities, in [0, 1]; an input leaves when it is at least the threshold. Also
/// known as best-versus-second-best: Joshi, Porikli and Papanikolopoulos, "Multi-class Active Learning for Image Classification", 2009.
/// </summary>
public readonly struct Margin : IExitCriterion
{
    /// <inheritdoc/>
    public static string Name => "margin";

    /// <summary>p₁ − p₂ over the sorted softmax(logits); 1 for a single class, NaN when the logits contain NaN.</summary>
    /// <param name="logits">One value per class; at least one.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Score(ReadOnlySpan<float> logits)
    {
        float max = Softmax.Max(logits);
        if (float.IsNaN(max)) return float.NaN;
        if (logits.Length == 1) return 1;

        float second = Softmax.MaxExcept(logits, ArgMax.FirstOf(logits, max));
        if (float.IsInfinity(max)) return second == max ? 0 : 1;

        return (1 - Softmax.Exp(second - max)) / Softmax.SumOfExp(logits, max);
    }

    /// <summary>Whether <paramref name="score"/> is at least <paramref name="threshold"/>.</summary>
    public static bool ShouldExit(float score, float threshold) => score >= threshold;
}
