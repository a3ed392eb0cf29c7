using System.Runtime.CompilerServices;

namespace EarlyExitGen.Criteria;

/// <summary>
/// The free energy of a row of logits, −T·ln Σ exp(logit / T) at temperature T, on the logits' own scale and without bounds; an input
/// leaves when it is at most the threshold, since inputs like those of training have low energy. Liu, Wang, Owens and Li, "Energy-based
/// Out-of-distribution Detection", 2020.
/// </summary>
public readonly struct Energy : IExitCriterion
{
    /// <inheritdoc/>
    public static string Name => "energy";

    /// <summary>
    /// −ln Σ exp(logit). −∞ when a logit is +∞, +∞ when all are −∞, NaN when the logits contain NaN.
    /// </summary>
    /// <param name="logits">One value per class; at least one.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Score(ReadOnlySpan<float> logits)
    {
        float max = Softmax.Max(logits);
        return float.IsInfinity(max) ? -max : -(max + MathF.Log(Softmax.SumOfExp(logits, max)));
    }

    /// <summary>Whether <paramref name="score"/> is at most <paramref name="threshold"/>.</summary>
    public static bool ShouldExit(float score, float threshold) => score <= threshold;

    /// <summary>Back on the scale of the logits, whatever the temperature.</summary>
    public static float AtTemperature(float score, float temperature) => score * temperature;
}
