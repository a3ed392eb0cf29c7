using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace EarlyExitGen.Criteria;

/// <summary>The class that a row of logits votes for.</summary>
public static class ArgMax
{
    /// <summary>The index of the largest logit, the first one on a tie. NaN is never the largest.</summary>
    /// <param name="logits">One value per class; at least one.</param>
    /// <returns>The index; 0 when every logit is NaN.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Of(ReadOnlySpan<float> logits)
    {
        float largest = Softmax.Max(logits);
        return float.IsNaN(largest) ? OfNumbers(logits) : FirstOf(logits, largest);
    }

    /// <summary>The index of the first logit that has a value; one has it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static int FirstOf(ReadOnlySpan<float> logits, float value)
    {
        Vector256<float> values = Vector256.Create(value);
        int index = 0;
        for (; index <= logits.Length - Vector256<float>.Count; index += Vector256<float>.Count)
        {
            uint equal = Vector256.Equals(Vector256.Create(logits[index..]), values).ExtractMostSignificantBits();
            if (equal != 0) return index + BitOperations.TrailingZeroCount(equal);
        }

        while (logits[index] != value) index++;
        return index;
    }

    private static int OfNumbers(ReadOnlySpan<float> logits)
    {
        int best = 0;
        for (int index = 1; index < logits.Length; index++)
        {
            if (logits[index] > logits[best] || float.IsNaN(logits[best])) best = index;
        }

        return float.IsNaN(logits[best]) ? 0 : best;
    }
}
