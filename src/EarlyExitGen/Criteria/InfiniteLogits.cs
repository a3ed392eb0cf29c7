namespace EarlyExitGen.Criteria;

/// <summary>The softmax of a row whose largest logit is infinite, as the limit: those logits share the whole probability.</summary>
internal static class InfiniteLogits
{
    /// <summary>The probability of each logit that equals <paramref name="max"/>, which is +∞ or, when all are, −∞.</summary>
    public static float Share(ReadOnlySpan<float> logits, float max)
    {
        int count = 0;
        foreach (float logit in logits)
        {
            if (logit == max) count++;
        }

        return 1f / count;
    }
}
