using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using EarlyExitGen.Cpu.Activations;
using EarlyExitGen.Cpu.Convolution;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Linear;

/// <summary>
/// A linear layer with bias and activation, float32 throughout: one row as a matrix-vector product, several as a matrix product in
/// register tiles.
/// </summary>
/// <remarks>
/// Packed: <c>[bias, 16·⌈out / 16⌉]</c>, then <c>[16 output features][input position][16]</c>, the positions in the order that they
/// have in memory; of up to four output features <c>[output feature][input position]</c>. Differs from float64 by less than 2⁻²⁴·(4 + √features) of the largest output. Thread-safe on different outputs.
/// Never allocates.
/// </remarks>
public static unsafe partial class LinearLayer
{
    private const int Block = FeatureMapLayout.ChannelsPerBlock;

    /// <summary>The floats that the packed weights take.</summary>
    /// <typeparam name="TShape">The layer.</typeparam>
    public static int PackedLength<TShape>()
        where TShape : struct, ILinearShape =>
        Outputs<TShape>() + ((IsNarrow<TShape>() ? TShape.OutputFeatures : Outputs<TShape>()) * Positions<TShape>());

    /// <summary>Arranges a layer's weights.</summary>
    /// <typeparam name="TShape">The layer.</typeparam>
    /// <param name="weight">[output features, input features · height · width], the input in the order [C, H, W].</param>
    /// <param name="bias">[output features], or empty for none.</param>
    /// <param name="packed">At least <see cref="PackedLength{TShape}"/> floats.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public static void Pack<TShape>(ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, ArenaBuffer packed)
        where TShape : struct, ILinearShape
    {
        int pixels = TShape.InputHeight * TShape.InputWidth;
        int inputs = TShape.InputFeatures * pixels;
        if (weight.Length != TShape.OutputFeatures * inputs || (!bias.IsEmpty && bias.Length != TShape.OutputFeatures))
        {
            throw new ArgumentException(
                $"{typeof(TShape).Name}: expected {TShape.OutputFeatures * inputs} weights and {TShape.OutputFeatures} biases or none, " +
                $"found {weight.Length} and {bias.Length}.");
        }

        Span<float> destination = new(packed.Require(PackedLength<TShape>()), PackedLength<TShape>());
        destination.Clear();
        bias.CopyTo(destination);
        for (int index = 0; index < weight.Length; index++)
        {
            int output = index / inputs;
            int feature = index % inputs / pixels;
            int position = (((feature / Block * pixels) + (index % pixels)) * Block) + (feature % Block);
            int at = IsNarrow<TShape>()
                ? (output * Positions<TShape>()) + position
                : (((output / Block * Positions<TShape>()) + position) * Block) + (output % Block);
            destination[Outputs<TShape>() + at] = weight[index];
        }
    }

    /// <summary>Computes the layer of one row, or of one map that it flattens. The output must not overlap the input.</summary>
    /// <typeparam name="TShape">The layer.</typeparam>
    /// <param name="input">The row, or the map.</param>
    /// <param name="packed">What <see cref="Pack{TShape}"/> made.</param>
    /// <param name="output">The row.</param>
    /// <exception cref="ArgumentException">A buffer is too short.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TShape>(ArenaBuffer input, ArenaBuffer packed, ArenaBuffer output)
        where TShape : struct, ILinearShape
    {
        FeatureMapShape map = new(TShape.InputFeatures, TShape.InputHeight, TShape.InputWidth, TShape.InputBorder);
        float* x = input.Require(map.Length) + map.Origin;
        float* weights = packed.Require(PackedLength<TShape>());
        float* y = output.Require(Outputs<TShape>());
        if (IsNarrow<TShape>()) RunNarrow<TShape>(x, weights, y, rows: 1);
        else if (Vector512.IsHardwareAccelerated) RunRow<TShape, Simd512, Vector512<float>>(x, weights, y);
        else if (Vector256.IsHardwareAccelerated) RunRow<TShape, Simd256, Vector256<float>>(x, weights, y);
        else RunRow<TShape, Simd128, Vector128<float>>(x, weights, y);
    }

    /// <summary>Computes the layer of several rows, such as tokens or a batch. The output must not overlap the input.</summary>
    /// <typeparam name="TShape">The layer, which flattens nothing.</typeparam>
    /// <param name="input">The rows.</param>
    /// <param name="packed">What <see cref="Pack{TShape}"/> made.</param>
    /// <param name="output">The rows.</param>
    /// <param name="rows">How many; at least one.</param>
    /// <exception cref="ArgumentException">A buffer is too short, or the layer flattens a map.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no row.</exception>
    /// <remarks>One row is summed in another order than several, so that its last bits may differ.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RunRows<TShape>(ArenaBuffer input, ArenaBuffer packed, ArenaBuffer output, int rows)
        where TShape : struct, ILinearShape
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        if (TShape.InputHeight * TShape.InputWidth > 1 || TShape.InputBorder > 0)
        {
            throw new ArgumentException($"{typeof(TShape).Name}: only one map at a time can be flattened.");
        }

        float* x = input.Require(checked(rows * Positions<TShape>()));
        float* weights = packed.Require(PackedLength<TShape>());
        float* y = output.Require(checked(rows * Outputs<TShape>()));
        if (IsNarrow<TShape>()) RunNarrow<TShape>(x, weights, y, rows);
        else if (Vector512.IsHardwareAccelerated) RunRows<TShape, Simd512, Vector512<float>>(x, weights, y, rows);
        else if (Vector256.IsHardwareAccelerated) RunRows<TShape, Simd256, Vector256<float>>(x, weights, y, rows);
        else RunRows<TShape, Simd128, Vector128<float>>(x, weights, y, rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void RunRows<TShape, TSimd, TVector>(float* input, float* packed, float* output, int rows)
        where TShape : struct, ILinearShape
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        bool eight = TSimd.MostPixels == 8;
        if (rows == 1) RunRow<TShape, TSimd, TVector>(input, packed, output);
        else if (eight && rows >= 8) RunTiles<TShape, Tile8<TSimd, TVector>, TSimd, TVector>(input, packed, output, rows);
        else if (!eight && rows >= 6) RunTiles<TShape, Tile6<TSimd, TVector>, TSimd, TVector>(input, packed, output, rows);
        else if (rows >= 4) RunTiles<TShape, Tile4<TSimd, TVector>, TSimd, TVector>(input, packed, output, rows);
        else RunTiles<TShape, Tile2<TSimd, TVector>, TSimd, TVector>(input, packed, output, rows);
    }

    /// <summary>One row: every weight is used once, so the weights' way from memory is the limit. Four sums hide the latency.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void RunRow<TShape, TSimd, TVector>(float* input, float* packed, float* output)
        where TShape : struct, ILinearShape
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        FeatureMapShape map = new(TShape.InputFeatures, TShape.InputHeight, TShape.InputWidth, TShape.InputBorder);
        bool flattens = map.Length != Positions<TShape>() || TShape.InputHeight * TShape.InputWidth > 1;
        int runs = flattens ? map.Blocks * TShape.InputHeight : 1;
        int runLength = flattens ? TShape.InputWidth * Block : TShape.InputFeatures;
        for (int channel = 0; channel < Outputs<TShape>(); channel += TSimd.Lanes)
        {
            int lane = channel % Block;
            float* w = packed + Outputs<TShape>() + ((channel - lane) * Positions<TShape>()) + lane;
            TVector sum0 = TSimd.Load(packed + channel);
            TVector sum1 = TSimd.Zero;
            TVector sum2 = TSimd.Zero;
            TVector sum3 = TSimd.Zero;
            for (int run = 0; run < runs; run++)
            {
                float* x = input + (run / TShape.InputHeight * map.Plane) + (run % TShape.InputHeight * map.Pitch);
                float* end = x + runLength;
                for (; x <= end - 4; x += 4, w += 4 * Block)
                {
                    sum0 = TSimd.MultiplyAdd(TSimd.Broadcast(x), TSimd.Load(w), sum0);
                    sum1 = TSimd.MultiplyAdd(TSimd.Broadcast(x + 1), TSimd.Load(w + Block), sum1);
                    sum2 = TSimd.MultiplyAdd(TSimd.Broadcast(x + 2), TSimd.Load(w + (2 * Block)), sum2);
                    sum3 = TSimd.MultiplyAdd(TSimd.Broadcast(x + 3), TSimd.Load(w + (3 * Block)), sum3);
                }

                for (; x < end; x++, w += Block) sum0 = TSimd.MultiplyAdd(TSimd.Broadcast(x), TSimd.Load(w), sum0);
            }

            TSimd.Store(TSimd.Add(TSimd.Add(sum0, sum1), TSimd.Add(sum2, sum3)), output + channel);
        }

        Activate<TShape, TSimd, TVector>(output, Outputs<TShape>());
    }

    /// <summary>Several rows: a matrix product in register tiles of rows.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void RunTiles<TShape, TTile, TSimd, TVector>(float* input, float* packed, float* output, int rows)
        where TShape : struct, ILinearShape
        where TTile : struct, ITile<TVector>
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        int positions = Positions<TShape>();
        int outputs = Outputs<TShape>();
        bool isNarrow = TSimd.Lanes < Block;
        bool two = isNarrow || (outputs >= 2 * Block && (outputs % (2 * Block) == 0 || outputs > 5 * Block));
        int group = two ? 2 * TSimd.Lanes : TSimd.Lanes;
        int secondWeights = isNarrow ? TSimd.Lanes : Block * positions;
        for (int start = 0; start < outputs; start += group)
        {
            // The last group is moved back to end with the outputs, as the last tile is: some are computed twice.
            int channel = Math.Min(start, outputs - group);
            int lane = channel % Block;
            float* weights = packed + outputs + ((channel - lane) * positions) + lane;
            TVector secondBias = two ? TSimd.Load(packed + channel + TSimd.Lanes) : default;
            for (int row = 0; row < rows; row += TTile.Pixels)
            {
                // The last tile is moved back to end with the rows.
                int first = Math.Min(row, rows - TTile.Pixels);
                float* x = input + (first * positions);
                float* w = weights;
                TTile tile = default;
                tile.Start(TSimd.Load(packed + channel), secondBias);
                for (float* end = x + TShape.InputFeatures; x != end; x++, w += Block)
                {
                    if (two) tile.MultiplyAdd(x, 1, 0, positions, TSimd.Load(w), TSimd.Load(w + secondWeights));
                    else tile.MultiplyAdd(x, 1, 0, positions, TSimd.Load(w));
                }

                tile.Store(output + (first * outputs) + channel, 1, 0, outputs, two, TSimd.Lanes);
            }
        }

        Activate<TShape, TSimd, TVector>(output, rows * outputs);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Activate<TShape, TSimd, TVector>(float* output, int length)
        where TShape : struct, ILinearShape
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        if (TShape.Activation == Activation.None) return;
        for (float* at = output; at != output + length; at += TSimd.Lanes)
        {
            TSimd.Store(ActivationKernel.Apply<TSimd, TVector>(TShape.Activation, TShape.NegativeSlope, TSimd.Load(at)), at);
        }
    }

    private static int Outputs<TShape>()
        where TShape : struct, ILinearShape => (TShape.OutputFeatures + Block - 1) / Block * Block;

    /// <summary>Inputs of one row in memory, with the last block's unused lanes.</summary>
    private static int Positions<TShape>()
        where TShape : struct, ILinearShape => (TShape.InputFeatures + Block - 1) / Block * Block * TShape.InputHeight * TShape.InputWidth;
}
