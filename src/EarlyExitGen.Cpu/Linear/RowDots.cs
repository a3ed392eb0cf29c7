using System.Runtime.CompilerServices;
using EarlyExitGen.Cpu.Activations;
using EarlyExitGen.Cpu.Convolution;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Linear;

/// <summary>
/// Layers of up to four outputs, such as heads of two classes and gates: a vector of outputs would be mostly empty, so the vectors are of
/// inputs, with one sum per output.
/// </summary>
/// <remarks>
/// Packed: <c>[bias, 16]</c>, then <c>[output][input]</c>, each output's inputs filled up with zeros to whole vectors of 16.
/// </remarks>
internal static unsafe class RowDots
{
    private const int Block = FeatureMapLayout.ChannelsPerBlock;
    private const int MostOutputs = 4;

    /// <summary>Whether a layer of so many outputs is computed that way.</summary>
    public static bool Suit(int outputs) => outputs <= MostOutputs;

    /// <summary>The floats that the packed weights and biases take.</summary>
    public static int PackedLength(int inputs, int outputs) => checked(Block + (PackedOutputs(outputs) * Padded(inputs)));

    /// <summary>Arranges weights of [outputs, inputs] in what is zero so far.</summary>
    public static void Pack(int inputs, int outputs, ReadOnlySpan<float> weight, Span<float> packed)
    {
        for (int output = 0; output < outputs; output++)
        {
            weight.Slice(output * inputs, inputs).CopyTo(packed[(Block + (output * Padded(inputs)))..]);
        }
    }

    /// <summary>Computes rows.</summary>
    /// <param name="input">[rows, inputs].</param>
    /// <param name="packed">The weights.</param>
    /// <param name="output">[rows, outputs].</param>
    /// <param name="inputs">Features of an input row.</param>
    /// <param name="outputs">Features of an output row.</param>
    /// <param name="rows">How many.</param>
    /// <param name="activation">None, ReLU or ReLU6.</param>
    public static void Run<TSimd, TVector>(
        float* input, float* packed, float* output, int inputs, int outputs, int rows, Activation activation)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        switch (PackedOutputs(outputs))
        {
            case 1:
                Run<TSimd, TVector, Tile1<TSimd, TVector>>(input, packed, output, inputs, outputs, rows, activation);
                break;
            case 2:
                Run<TSimd, TVector, Tile2<TSimd, TVector>>(input, packed, output, inputs, outputs, rows, activation);
                break;
            default:
                Run<TSimd, TVector, Tile4<TSimd, TVector>>(input, packed, output, inputs, outputs, rows, activation);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Run<TSimd, TVector, TTile>(
        float* input, float* packed, float* output, int inputs, int outputs, int rows, Activation activation)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
        where TTile : struct, ITile<TVector>
    {
        int step = Padded(inputs);
        int whole = inputs / TSimd.Lanes * TSimd.Lanes;
        float* lanes = stackalloc float[MostOutputs * TSimd.Lanes];
        for (int row = 0; row < rows; row++, input += inputs, output += outputs)
        {
            // Before the sums: a call would drive them out of their registers.
            TVector rest = whole < inputs ? VectorEnd<TSimd, TVector>.Load(input + whole, inputs - whole) : TSimd.Zero;
            float* w = packed + Block;
            float* x = input;
            TTile tile = default;
            tile.Start(TSimd.Zero, TSimd.Zero);
            for (float* end = x + whole; x != end; x += TSimd.Lanes, w += TSimd.Lanes) tile.MultiplyAddEach(w, 1, 0, step, TSimd.Load(x));
            if (whole < inputs) tile.MultiplyAddEach(w, 1, 0, step, rest);
            tile.Store(lanes, 1, 0, TSimd.Lanes, two: false, 0);
            for (int index = 0; index < outputs; index++)
            {
                float sum = packed[index] + TSimd.Sum(TSimd.Load(lanes + (index * TSimd.Lanes)));
                output[index] = ActivationKernel.Clamp(activation, sum);
            }
        }
    }

    private static int Padded(int inputs) => checked(inputs + Block - 1) / Block * Block;

    // There is no tile of three.
    private static int PackedOutputs(int outputs) => outputs == 3 ? 4 : outputs;
}
