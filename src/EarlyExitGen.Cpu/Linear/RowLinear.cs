using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using EarlyExitGen.Cpu.Activations;
using EarlyExitGen.Cpu.Convolution;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Linear;

/// <summary>
/// A linear layer with bias and ReLU or ReLU6 over rows, of sizes that are known when it runs: <see cref="LinearLayer"/> is for sizes known
/// when it is compiled. Differs from float64 by less than 2⁻²⁴·(4 + √inputs) of the largest sum of terms without
/// their signs; NaN stays NaN.
/// </summary>
/// <remarks>
/// Packed: <c>[bias, 16·⌈outputs / 16⌉]</c>, then <c>[16 outputs][input][16]</c>; of few outputs, see <see cref="RowDots"/>.
/// Immutable; thread-safe on different outputs. Allocates no managed memory: what it needs for some rows, the thread keeps. One row is
/// summed in another order than several, so that its last bits may differ.
/// </remarks>
internal sealed unsafe class RowLinear
{
    private const int Block = FeatureMapLayout.ChannelsPerBlock;

    // Sums that are still to be moved together stay in the cache.
    private const int MostSums = 24 * 1024;
    private const int FewestRows = 64;

    private readonly int inputs;
    private readonly int outputs;
    private readonly Activation activation;
    private readonly int rowsAtATime;

    /// <param name="inputs">Features of an input row.</param>
    /// <param name="outputs">Features of an output row.</param>
    /// <param name="activation">None, ReLU or ReLU6.</param>
    /// <exception cref="ArgumentException">There is no kernel for the activation.</exception>
    public RowLinear(int inputs, int outputs, Activation activation)
    {
        if (!ActivationKernel.IsClamp(activation)) throw new ArgumentException($"There is no kernel for {activation}.", nameof(activation));
        (this.inputs, this.outputs, this.activation) = (inputs, outputs, activation);
        rowsAtATime = Math.Max(FewestRows, MostSums / PaddedOutputs / FewestRows * FewestRows);
    }

    /// <summary>The floats that the packed weights and biases take.</summary>
    public int PackedLength => IsNarrow ? RowDots.PackedLength(inputs, outputs) : checked(PaddedOutputs * (1 + inputs));

    private bool IsNarrow => RowDots.Suit(outputs);

    private int PaddedOutputs => (outputs + Block - 1) / Block * Block;

    /// <summary>Arranges the layer's weights.</summary>
    /// <param name="weight">[outputs, inputs].</param>
    /// <param name="bias">[outputs], or empty for none.</param>
    /// <param name="packed">At least <see cref="PackedLength"/> floats.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public void Pack(ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, ArenaBuffer packed)
    {
        Require(weight.Length, checked(outputs * inputs), "weights");
        if (!bias.IsEmpty) Require(bias.Length, outputs, "biases");
        Span<float> destination = new(packed.Require(PackedLength), PackedLength);
        destination.Clear();
        bias.CopyTo(destination);
        if (IsNarrow)
        {
            RowDots.Pack(inputs, outputs, weight, destination);
            return;
        }

        for (int index = 0; index < weight.Length; index++)
        {
            int output = index / inputs;
            destination[PaddedOutputs + (((output / Block * inputs) + (index % inputs)) * Block) + (output % Block)] = weight[index];
        }
    }

    /// <summary>Computes the layer of each row. The output must not overlap the input.</summary>
    /// <param name="input">[rows, inputs].</param>
    /// <param name="packed">What <see cref="Pack"/> made.</param>
    /// <param name="output">[rows, outputs].</param>
    /// <param name="rows">How many.</param>
    /// <param name="selection">The place in the input of each; empty where it has these rows and no other.</param>
    /// <exception cref="ArgumentException">A length is wrong, or a place is not in the input.</exception>
    /// <exception cref="OutOfMemoryException">There is no room for the sums.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(ReadOnlySpan<float> input, ArenaBuffer packed, Span<float> output, int rows, ReadOnlySpan<long> selection = default)
    {
        RowSelection.Require(selection, rows, input.Length, inputs);
        Require(output.Length, checked(rows * outputs), "outputs");
        float* weights = packed.Require(PackedLength);
        fixed (float* x = input, y = output)
        fixed (long* places = selection)
        {
            if (Vector512.IsHardwareAccelerated) Run<Simd512, Vector512<float>>(x, places, weights, y, rows);
            else if (Vector256.IsHardwareAccelerated) Run<Simd256, Vector256<float>>(x, places, weights, y, rows);
            else Run<Simd128, Vector128<float>>(x, places, weights, y, rows);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Run<TSimd, TVector>(float* x, long* selection, float* packed, float* y, int rows)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        if (rows == 1 && selection != null)
        {
            x += selection[0] * inputs;
            selection = null;
        }

        if (selection != null) RunSelected<TSimd, TVector>(x, selection, packed, y, rows);
        else if (IsNarrow) RowDots.Run<TSimd, TVector>(x, packed, y, inputs, outputs, rows, activation);
        else if (rows == 1) RunRow<TSimd, TVector>(x, packed, y);
        else RunRows<TSimd, TVector>(x, packed, y, rows);
    }

    /// <summary>Rows that don't lie side by side are gathered first, a few at a time, so that they stay in the cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunSelected<TSimd, TVector>(float* input, long* selection, float* packed, float* output, int rows)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        float* end = output + ((long)rows * outputs);
        int most = Math.Min(rows, FewestRows);
        int gathered = checked((int)Arena.RoundUp((long)most * inputs));
        float* scratch = ThreadScratch.Take(checked(gathered + SumsLength(most)));
        for (int first = 0; first < rows; first += most, output += (long)most * outputs)
        {
            int count = Math.Min(most, rows - first);
            for (int row = 0; row < count; row++)
            {
                new ReadOnlySpan<float>(input + (selection[first + row] * inputs), inputs).CopyTo(new Span<float>(scratch + (row * inputs), inputs));
            }

            if (IsNarrow) RowDots.Run<TSimd, TVector>(scratch, packed, output, inputs, outputs, count, activation);
            else RunTiles<TSimd, TVector>(scratch, packed, scratch + gathered, output, end, count);
        }
    }

    private void RunRows<TSimd, TVector>(float* input, float* packed, float* output, int rows)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        float* end = output + ((long)rows * outputs);
        float* scratch = ThreadScratch.Take(SumsLength(Math.Min(rows, rowsAtATime)));
        for (; rows > 0; rows -= rowsAtATime, input += (long)rowsAtATime * inputs, output += (long)rowsAtATime * outputs)
        {
            RunTiles<TSimd, TVector>(input, packed, scratch, output, end, Math.Min(rows, rowsAtATime));
        }
    }

    // What the sums of so many rows take until they are moved together.
    private int SumsLength(int rows) => IsNarrow || outputs == PaddedOutputs ? 0 : rows * PaddedOutputs;

    /// <summary>One row: every weight is used once, so that four sums, of every fourth input, are what keeps the multiply-adds going.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private void RunRow<TSimd, TVector>(float* input, float* packed, float* output)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        float* outputEnd = output + outputs;
        for (int first = 0; first < outputs; first += TSimd.Lanes)
        {
            int lane = first % Block;
            float* w = packed + PaddedOutputs + ((first - lane) * inputs) + lane;
            float* x = input;
            float* end = input + inputs;
            TVector sum0 = TSimd.Load(packed + first);
            TVector sum1 = TSimd.Zero;
            TVector sum2 = TSimd.Zero;
            TVector sum3 = TSimd.Zero;
            for (; x <= end - 4; x += 4, w += 4 * Block)
            {
                sum0 = TSimd.MultiplyAdd(TSimd.Broadcast(x), TSimd.Load(w), sum0);
                sum1 = TSimd.MultiplyAdd(TSimd.Broadcast(x + 1), TSimd.Load(w + Block), sum1);
                sum2 = TSimd.MultiplyAdd(TSimd.Broadcast(x + 2), TSimd.Load(w + (2 * Block)), sum2);
                sum3 = TSimd.MultiplyAdd(TSimd.Broadcast(x + 3), TSimd.Load(w + (3 * Block)), sum3);
            }

            for (; x < end; x++, w += Block) sum0 = TSimd.MultiplyAdd(TSimd.Broadcast(x), TSimd.Load(w), sum0);
            TVector sum = TSimd.Add(TSimd.Add(sum0, sum1), TSimd.Add(sum2, sum3));
            VectorEnd<TSimd, TVector>.Store(ActivationKernel.Clamp<TSimd, TVector>(activation, sum), output + first, outputEnd);
        }
    }

    /// <summary>Several rows are the pixels of a map with one line.</summary>
    private void RunTiles<TSimd, TVector>(float* input, float* packed, float* scratch, float* output, float* end, int rows)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        MapConvolutionShape shape = new(inputs, 1, rows, outputs, 1, 1, 1, 1, 0, 0, 1, 1, IsDepthwise: false) { Activation = activation };
        bool gathers = outputs != PaddedOutputs;
        float* sums = gathers ? scratch : output;
        MapTiles<TSimd, TVector> tiles = new()
        {
            Shape = shape,
            Input = input,
            InputStep = inputs,
            Packed = packed,
            Height = 1,
            Width = rows,
            Output = sums,
            OutputStep = PaddedOutputs,
            Clamps = true,
        };
        TileChoice<TSimd, TVector>.Run(tiles, rows, height: 1, pools: false, two: PaddedOutputs > Block || TSimd.Lanes < Block);
        if (gathers) MapSums<TSimd, TVector>.Join(shape, sums, rows, residual: null, output, end);
    }

    private static void Require(int found, int expected, string what)
    {
        if (found != expected) throw new ArgumentException($"Expected {expected} {what}, found {found}.");
    }
}
