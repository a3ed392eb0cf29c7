using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace EarlyExitGen.Criteria;

/// <summary>
/// The sums over one row of logits that the criteria are made of, with the largest logit subtracted first so that nothing overflows.
/// </summary>
/// <remarks>
/// 256-bit vectors, which the runtime splits where the processor has narrower ones. The last vector is read again from the end of the
/// row with the lanes already counted masked off, so that no row length needs a scalar loop but those shorter than one vector.
/// </remarks>
internal static class Softmax
{
    private static ReadOnlySpan<int> LaneIndex => [0, 1, 2, 3, 4, 5, 6, 7];

    /// <summary>The largest logit; NaN when any logit is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Max(ReadOnlySpan<float> logits)
    {
        int lanes = Vector256<float>.Count;
        if (logits.Length < lanes)
        {
            float largest = logits[0];
            foreach (float logit in logits) largest = MathF.Max(largest, logit);
            return largest;
        }

        Vector256<float> max = Vector256.Create(logits);
        for (int index = lanes; index <= logits.Length - lanes; index += lanes)
        {
            max = Vector256.Max(max, Vector256.Create(logits[index..]));
        }

        max = Vector256.Max(max, Vector256.Create(logits[^lanes..]));
        float result = max[0];
        for (int lane = 1; lane < lanes; lane++) result = MathF.Max(result, max[lane]);
        return result;
    }

    /// <summary>Σ exp(logit − max).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float SumOfExp(ReadOnlySpan<float> logits, float max)
    {
        Moments moments = Accumulate(logits, max, weighted: false);
        return moments.SumOfExp;
    }

    /// <summary>Σ exp(logit − max) and Σ (logit − max)·exp(logit − max), the latter with 0 for a logit of −∞.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Moments SumsOfExp(ReadOnlySpan<float> logits, float max) => Accumulate(logits, max, weighted: true);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Moments Accumulate(ReadOnlySpan<float> logits, float max, bool weighted)
    {
        int lanes = Vector256<float>.Count;
        if (logits.Length < lanes) return AccumulateFew(logits, max);

        Vector256<float> maxes = Vector256.Create(max);
        Vector256<float> sum = Vector256<float>.Zero;
        Vector256<float> weightedSum = Vector256<float>.Zero;
        int index = 0;
        for (; index <= logits.Length - lanes; index += lanes)
        {
            Vector256<float> shifted = Vector256.Create(logits[index..]) - maxes;
            Vector256<float> exp = Exp(shifted);
            sum += exp;
            if (weighted) weightedSum += Weighted(shifted, exp);
        }

        int counted = lanes - (logits.Length - index);
        if (counted < lanes)
        {
            Vector256<float> fresh = Vector256.GreaterThanOrEqual(Vector256.Create(LaneIndex), Vector256.Create(counted)).AsSingle();
            Vector256<float> shifted = Vector256.Create(logits[^lanes..]) - maxes;
            shifted = Vector256.ConditionalSelect(fresh, shifted, Vector256.Create(float.NegativeInfinity));
            Vector256<float> exp = Exp(shifted);
            sum += exp;
            if (weighted) weightedSum += Weighted(shifted, exp);
        }

        return new Moments(Vector256.Sum(sum), Vector256.Sum(weightedSum));
    }

    // One by one: to fill up a vector would take longer.
    private static Moments AccumulateFew(ReadOnlySpan<float> logits, float max)
    {
        float sum = 0;
        float weightedSum = 0;
        foreach (float logit in logits)
        {
            float shifted = logit - max;
            float exp = MathF.Exp(shifted);
            sum += exp;
            if (!float.IsNegativeInfinity(shifted)) weightedSum += shifted * exp;
        }

        return new Moments(sum, weightedSum);
    }

    // The vectorised exponential of 0 is one unit too large, which would leave a certain row a hair short of certain.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Exp(Vector256<float> shifted) =>
        Vector256.ConditionalSelect(Vector256.Equals(shifted, Vector256<float>.Zero), Vector256<float>.One, Vector256.Exp(shifted));

    // exp(−∞) = 0 and the limit of x·exp(x) is 0 there, but −∞ · 0 is NaN.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Weighted(Vector256<float> shifted, Vector256<float> exp) =>
        Vector256.ConditionalSelect(Vector256.IsNegativeInfinity(shifted), Vector256<float>.Zero, shifted * exp);

    /// <summary>Σ exp(x) and Σ x·exp(x).</summary>
    public readonly record struct Moments(float SumOfExp, float WeightedSum);
}
