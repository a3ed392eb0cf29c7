using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using EarlyExitGen.Cpu.Matrices;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Normalization;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Attention;

/// <summary>
/// Scaled dot-product attention, softmax(q·kᵀ / √features)·v, for sequences short enough that the keys and values of a head stay in
/// the nearest caches. Vaswani et al., 2017. Within 2e-6 of float64. Thread-safe on different outputs and scratch. Never allocates.
/// </summary>
public static unsafe class DotProductAttention
{
    private const int Block = FeatureMapLayout.ChannelsPerBlock;

    /// <summary>Computes all heads of one sequence. The output must not overlap the inputs.</summary>
    /// <param name="queries">The queries, [heads][queries, features].</param>
    /// <param name="queryView">Where they lie; the features side by side.</param>
    /// <param name="keys">The keys, [heads][keys, features]; with queries and values, often parts of one projection's output.</param>
    /// <param name="keyView">Where they lie.</param>
    /// <param name="values">The values, [heads][keys, value features].</param>
    /// <param name="valueView">Where they lie.</param>
    /// <param name="output">Takes the outputs, [heads][queries, value features].</param>
    /// <param name="outputView">Where they go; the features side by side.</param>
    /// <param name="shape">The shape.</param>
    /// <param name="scratch">At least <see cref="AttentionShape.ScratchLength"/> floats.</param>
    /// <exception cref="ArgumentException">A buffer is too short, or features that must lie side by side don't.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(
        ArenaBuffer queries, MatrixView queryView, ArenaBuffer keys, MatrixView keyView, ArenaBuffer values, MatrixView valueView,
        ArenaBuffer output, MatrixView outputView, AttentionShape shape, ArenaBuffer scratch)
    {
        if (queryView.Column != 1 || outputView.Column != 1)
        {
            throw new ArgumentException(
                $"The features of queries and outputs must be 1 float apart, but are {queryView.Column} and {outputView.Column}.");
        }

        float* q = queries.Require(queryView.Length(shape.Heads, shape.Queries, shape.Features)) + queryView.Offset;
        float* k = keys.Require(keyView.Length(shape.Heads, shape.Keys, shape.Features)) + keyView.Offset;
        float* v = values.Require(valueView.Length(shape.Heads, shape.Keys, shape.ValueFeatures)) + valueView.Offset;
        float* y = output.Require(outputView.Length(shape.Heads, shape.Queries, shape.ValueFeatures)) + outputView.Offset;
        float* room = scratch.Require(shape.ScratchLength);
        for (int head = 0; head < shape.Heads; head++)
        {
            if (Vector512.IsHardwareAccelerated) run<Simd512, Vector512<float>>();
            else if (Vector256.IsHardwareAccelerated) run<Simd256, Vector256<float>>();
            else run<Simd128, Vector128<float>>();
            q += queryView.Matrix;
            k += keyView.Matrix;
            v += valueView.Matrix;
            y += outputView.Matrix;
        }

        void run<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct => Head<TSimd, TVector>(q, queryView.Row, k, keyView, v, valueView, y, outputView.Row, shape, room);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Head<TSimd, TVector>(
        float* queries, int queryPitch, float* keys, MatrixView keyView, float* values, MatrixView valueView,
        float* output, int outputPitch, AttentionShape shape, float* scratch)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        float* packedKeys = scratch;
        float* packedValues = packedKeys + shape.PackedKeys;
        float* scores = packedValues + shape.PackedValues;
        float* sums = scores + shape.Scores;

        // The keys are the columns of the right matrix: a key's features are one column.
        float scale = 1 / MathF.Sqrt(shape.Features);
        MatrixProduct.PackColumns(keys, keyView.Column, keyView.Row, shape.Features, shape.Keys, packedKeys, scale);
        bool isWhole = shape.ValueFeatures % Block == 0;
        int valuePitch = valueView.Row;
        int valueBlock = Block;
        if (!isWhole || valueView.Column != 1)
        {
            MatrixProduct.PackColumns(values, valueView.Row, valueView.Column, shape.Keys, shape.ValueFeatures, packedValues);
            values = packedValues;
            valuePitch = Block;
            valueBlock = shape.Keys * Block;
        }

        for (int first = 0; first < shape.Queries; first += AttentionShape.QueriesTogether)
        {
            int count = Math.Min(AttentionShape.QueriesTogether, shape.Queries - first);
            TileProduct.Run<TSimd, TVector>(
                queries + (first * queryPitch), queryPitch, packedKeys, Block, shape.Features * Block, scores, shape.PaddedKeys, count,
                shape.Features, shape.PaddedKeys / Block);
            for (int query = 0; query < count; query++)
            {
                float* row = scores + (query * shape.PaddedKeys);
                int seen = shape.IsCausal ? Math.Min(first + query + 1, shape.Keys) : shape.Keys;
                Softmax.Run<TSimd, TVector>(row, seen);
                for (int key = seen; key < shape.Keys; key++) row[key] = 0;
            }

            float* target = output + (first * outputPitch);
            TileProduct.Run<TSimd, TVector>(
                scores, shape.PaddedKeys, values, valuePitch, valueBlock, isWhole ? target : sums,
                isWhole ? outputPitch : shape.PaddedValueFeatures, count, shape.Keys, shape.PaddedValueFeatures / Block);
            if (isWhole) continue;
            for (int query = 0; query < count; query++, target += outputPitch)
            {
                new ReadOnlySpan<float>(sums + (query * shape.PaddedValueFeatures), shape.ValueFeatures)
                    .CopyTo(new Span<float>(target, shape.ValueFeatures));
            }
        }
    }
}
