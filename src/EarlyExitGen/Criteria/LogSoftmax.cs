using System.Runtime.Intrinsics;

namespace EarlyExitGen.Criteria;

/// <summary>The logarithm of the softmax of one row of logits.</summary>
internal static class LogSoftmax
{
    /// <summary>Adds weight · log_softmax(logits) to a row of sums. An infinite largest logit is taken as the limit.</summary>
    /// <param name="logits">One value per class, none of them NaN.</param>
    /// <param name="weight">Above 0.</param>
    /// <param name="sums">As many.</param>
    public static void AddWeighted(ReadOnlySpan<float> logits, float weight, Span<float> sums)
    {
        float max = Softmax.Max(logits);
        if (float.IsInfinity(max))
        {
            float share = MathF.Log(InfiniteLogits.Share(logits, max));
            for (int index = 0; index < sums.Length; index++)
            {
                sums[index] += logits[index] == max ? weight * share : float.NegativeInfinity;
            }

            return;
        }

        float logSum = MathF.Log(Softmax.SumOfExp(logits, max));
        Vector256<float> maxes = Vector256.Create(max);
        Vector256<float> logSums = Vector256.Create(logSum);
        int next = 0;
        for (; next <= sums.Length - Vector256<float>.Count; next += Vector256<float>.Count)
        {
            Vector256<float> log = Vector256.Create(logits[next..]) - maxes - logSums;
            (Vector256.Create<float>(sums[next..]) + (log * weight)).CopyTo(sums[next..]);
        }

        for (; next < sums.Length; next++) sums[next] += weight * (logits[next] - max - logSum);
    }
}
