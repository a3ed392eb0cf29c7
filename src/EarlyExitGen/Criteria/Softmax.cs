using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using EarlyExitGen.Cpu.Vectors;

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
    private const float LowestExponent = -87;

    private static ReadOnlySpan<int> LaneIndex => [0, 1, 2, 3, 4, 5, 6, 7];

    /// <summary>The largest logit; NaN when any logit is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Max(ReadOnlySpan<float> logits)
    {
        int lanes = Vector256<float>.Count;
        if (logits.Length < lanes)
        {
            float largest = logits[0];
            for (int index = 1; index < logits.Length; index++) largest = MathF.Max(largest, logits[index]);
            return largest;
        }

        Vector256<float> max = Vector256.Create(logits);
        for (int index = lanes; index <= logits.Length - lanes; index += lanes)
        {
            max = Vector256.Max(max, Vector256.Create(logits[index..]));
        }

        return Largest(Vector256.Max(max, Vector256.Create(logits[^lanes..])));
    }

    /// <summary>The largest logit but one; −∞ where that is the only one. There is no NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float MaxExcept(ReadOnlySpan<float> logits, int index)
    {
        int lanes = Vector256<float>.Count;
        float largest = float.NegativeInfinity;
        if (logits.Length < lanes)
        {
            for (int at = 0; at < logits.Length; at++)
            {
                if (at != index && logits[at] > largest) largest = logits[at];
            }

            return largest;
        }

        Vector256<int> except = Vector256.Create(index);
        Vector256<float> lowest = Vector256.Create(float.NegativeInfinity);
        Vector256<float> max = lowest;
        for (int at = 0; at < logits.Length; at += lanes)
        {
            // The last vector is moved back to end with the logits.
            int start = Math.Min(at, logits.Length - lanes);
            Vector256<int> indices = Vector256.Create(LaneIndex) + Vector256.Create(start);
            max = Vector256.Max(max, Vector256.ConditionalSelect(Vector256.Equals(indices, except).AsSingle(), lowest, Vector256.Create(logits[start..])));
        }

        return Largest(max);
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

    // NaN when a lane is.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Largest(Vector256<float> values)
    {
        Vector128<float> halves = Vector128.Max(values.GetLower(), values.GetUpper());
        Vector128<float> pairs = Vector128.Max(halves, Vector128.Shuffle(halves, Vector128.Create(2, 3, 0, 1)));
        return Vector128.Max(pairs, Vector128.Shuffle(pairs, Vector128.Create(1, 0, 3, 2))).ToScalar();
    }

    // One by one: to fill up a vector would take longer.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Moments AccumulateFew(ReadOnlySpan<float> logits, float max)
    {
        float sum = 0;
        float weightedSum = 0;
        foreach (float logit in logits)
        {
            float shifted = logit - max;
            float exp = Exp(shifted);
            sum += exp;
            if (!float.IsNegativeInfinity(shifted)) weightedSum += shifted * exp;
        }

        return new Moments(sum, weightedSum);
    }

    /// <summary>exp(x) for x ≤ 0, to about a unit in the last place, and 0 below the exponents of normal numbers. exp(0) is 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Exp(float shifted) =>
        shifted < LowestExponent ? 0 : Elementary<Simd128, Vector128<float>>.Exp(Vector128.CreateScalarUnsafe(shifted)).ToScalar();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Exp(Vector256<float> shifted) => Vector256.ConditionalSelect(
        Vector256.LessThan(shifted, Vector256.Create(LowestExponent)), Vector256<float>.Zero, Elementary<Simd256, Vector256<float>>.Exp(shifted));

    // exp(−∞) = 0 and the limit of x·exp(x) is 0 there, but −∞ · 0 is NaN.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Weighted(Vector256<float> shifted, Vector256<float> exp) =>
        Vector256.ConditionalSelect(Vector256.IsNegativeInfinity(shifted), Vector256<float>.Zero, shifted * exp);

    /// <summary>Σ exp(x) and Σ x·exp(x).</summary>
    public readonly record struct Moments(float SumOfExp, float WeightedSum);
}
