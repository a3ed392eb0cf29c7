namespace EarlyExitGen.Lab.Evaluation;

/// <summary>
/// The softmax of scaled logits in float64, for statistics. The network's own scores are <see cref="Criteria.IExitCriterion"/>s.
/// </summary>
internal static class LogSoftmax
{
    /// <summary>The largest softmax probability of logits · scale.</summary>
    public static double Confidence(ReadOnlySpan<float> logits, double scale)
    {
        double max = Max(logits);
        double sum = 0;
        foreach (float logit in logits) sum += Math.Exp((logit - max) * scale);
        return 1 / sum;
    }

    /// <summary>
    /// The negative log-likelihood of the label under softmax(logits · scale), and its first and second derivative by the scale: the
    /// mean logit less the label's logit, and the variance of the logits.
    /// </summary>
    public static (double Loss, double Slope, double Curvature) NegativeLogLikelihood(
        ReadOnlySpan<float> logits, int label, double scale)
    {
        double max = Max(logits);
        double sum = 0;
        double first = 0;
        double second = 0;
        foreach (float logit in logits)
        {
            double shifted = logit - max;
            double weight = Math.Exp(shifted * scale);
            sum += weight;
            first += weight * shifted;
            second += weight * shifted * shifted;
        }

        double mean = first / sum;
        double target = logits[label] - max;
        return (Math.Log(sum) - (target * scale), mean - target, Math.Max(0, (second / sum) - (mean * mean)));
    }

    private static double Max(ReadOnlySpan<float> logits)
    {
        float max = logits[0];
        foreach (float logit in logits) max = MathF.Max(max, logit);
        return max;
    }
}
