using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Normalization;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Attention;

/// <summary>
/// Scaled dot-product attention, softmax(q·kᵀ / √features)·v, for sequences short enough that the keys and values of a head stay in
/// the first level cache. Vaswani et al., 2017. Within 2e-6 of float64. Never allocates.
/// </summary>
public static unsafe class SelfAttention
{
    /// <summary>Computes all heads of one sequence. The output must not overlap the inputs.</summary>
    /// <param name="queries">Rows of queries, head beside head; with the keys and values, parts of one projection's output.</param>
    /// <param name="keys">Rows of keys.</param>
    /// <param name="values">Rows of values.</param>
    /// <param name="output">Rows of outputs.</param>
    /// <param name="shape">The shape.</param>
    /// <param name="scratch">At least <see cref="AttentionShape.ScratchLength"/> floats.</param>
    /// <exception cref="ArgumentException">A buffer is too short.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(
        ArenaBuffer queries, ArenaBuffer keys, ArenaBuffer values, ArenaBuffer output, AttentionShape shape, ArenaBuffer scratch)
    {
        float* q = queries.Require(shape.InputLength);
        float* k = keys.Require(shape.InputLength);
        float* v = values.Require(shape.InputLength);
        float* y = output.Require(shape.OutputLength);
        float* scores = scratch.Require(shape.ScratchLength);
        for (int head = 0; head < shape.Heads; head++)
        {
            int at = head * shape.HeadFeatures;
            if (Vector512.IsHardwareAccelerated) Head<Simd512, Vector512<float>>(q + at, k + at, v + at, y + at, shape, scores);
            else if (Vector256.IsHardwareAccelerated) Head<Simd256, Vector256<float>>(q + at, k + at, v + at, y + at, shape, scores);
            else Head<Simd128, Vector128<float>>(q + at, k + at, v + at, y + at, shape, scores);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Head<TSimd, TVector>(float* queries, float* keys, float* values, float* output, AttentionShape shape, float* scores)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        float scale = 1 / MathF.Sqrt(shape.HeadFeatures);
        for (int token = 0; token < shape.Tokens; token++)
        {
            float* query = queries + (token * shape.InputPitch);
            float* result = output + (token * shape.OutputPitch);
            int seen = shape.IsCausal ? token + 1 : shape.Tokens;
            for (int other = 0; other < seen; other++)
            {
                scores[other] = scale * Dot<TSimd, TVector>(query, keys + (other * shape.InputPitch), shape.HeadFeatures);
            }

            Softmax.Run<TSimd, TVector>(scores, seen);
            int feature = 0;
            for (; feature <= shape.HeadFeatures - TSimd.Lanes; feature += TSimd.Lanes)
            {
                TVector sum = TSimd.Zero;
                for (int other = 0; other < seen; other++)
                {
                    TVector value = TSimd.Load(values + (other * shape.InputPitch) + feature);
                    sum = TSimd.MultiplyAdd(TSimd.Create(scores[other]), value, sum);
                }

                TSimd.Store(sum, result + feature);
            }

            for (; feature < shape.HeadFeatures; feature++)
            {
                float sum = 0;
                for (int other = 0; other < seen; other++) sum += scores[other] * values[(other * shape.InputPitch) + feature];
                result[feature] = sum;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Dot<TSimd, TVector>(float* left, float* right, int count)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        TVector sums = TSimd.Zero;
        int at = 0;
        for (; at <= count - TSimd.Lanes; at += TSimd.Lanes) sums = TSimd.MultiplyAdd(TSimd.Load(left + at), TSimd.Load(right + at), sums);
        float sum = TSimd.Sum(sums);
        for (; at < count; at++) sum += left[at] * right[at];
        return sum;
    }
}
