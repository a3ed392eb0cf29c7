namespace EarlyExitGen.Criteria;

/// <summary>The class that a row of logits votes for.</summary>
public static class ArgMax
{
    /// <summary>The index of the largest logit, the first one on a tie. NaN is never the largest.</summary>
    /// <param name="logits">One value per class; at least one.</param>
    /// <returns>The index; 0 when every logit is NaN.</returns>
    public static int Of(ReadOnlySpan<float> logits)
    {
        int best = 0;
        for (int index = 1; index < logits.Length; index++)
        {
            if (logits[index] > logits[best] || float.IsNaN(logits[best])) best = index;
        }

        return float.IsNaN(logits[best]) ? 0 : best;
    }
}
