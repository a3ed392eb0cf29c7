using System.Runtime.CompilerServices;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Convolution;

/// <summary>
/// One vector of output channels of a <see cref="DirectConvolution{TShape, TSimd, TVector}"/> whose taps are three in a row, side by side:
/// each value that is read goes into three sums, as <see cref="ThreeTapTiles{TSimd, TVector, TRows}"/> says.
/// </summary>
internal readonly unsafe struct ThreeTapConvolution<TShape, TSimd, TVector> : IRowPairKernel<TVector>
    where TShape : struct, IConvolutionShape
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly float* input;
    private readonly float* bias;
    private readonly float* weights;
    private readonly float* output;
    private readonly float* residual;

    private ThreeTapConvolution(float* input, float* packed, float* output, float* residual, int channel)
    {
        this.input = input + Geometry<TShape>.InputOrigin;
        bias = packed + channel;
        weights = DirectConvolution<TShape, TSimd, TVector>.GroupWeights(packed, channel);
        this.output = output + Geometry<TShape>.OutputOrigin + Channels<TShape, TSimd, TVector>.Offset(channel, Geometry<TShape>.OutputPlane);
        this.residual = residual + Geometry<TShape>.ResidualOrigin + Channels<TShape, TSimd, TVector>.Offset(channel, Geometry<TShape>.ResidualPlane);
    }

    /// <summary>Whether the layer is of that kind.</summary>
    public static bool Suits
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Channels<TShape, TSimd, TVector>.Vectors == 1
            && TShape.Groups == 1
            && TShape.KernelWidth == 3
            && TShape.StrideX == 1
            && TShape.DilationX == 1
            && RowPairs.Suit(Geometry<TShape>.NeededHeight, Geometry<TShape>.NeededWidth);
    }

    /// <summary>Computes all output channels.</summary>
    public static void Run(float* input, float* packed, float* output, float* residual)
    {
        for (int channel = 0; channel < TShape.OutputChannels; channel += TSimd.Lanes)
        {
            ThreeTapConvolution<TShape, TSimd, TVector> kernel = new(input, packed, output, residual, channel);
            RowPairs.Run<ThreeTapConvolution<TShape, TSimd, TVector>, TSimd, TVector>(
                kernel, Geometry<TShape>.NeededHeight, Geometry<TShape>.NeededWidth);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public void Run<TTile>(int top, int left)
        where TTile : struct, ITile<TVector>
    {
        int step = Geometry<TShape>.InputStep;
        int pitch = Geometry<TShape>.InputPitch;
        int rowStep = TShape.StrideY * pitch;
        int inputs = TShape.InputChannels;
        float* corner = input + (top * rowStep) + (left * step);
        float* w = weights;
        TVector start = TSimd.Load(bias);
        TTile tile = default;
        tile.Start(start, start);
        for (int block = 0; block < inputs; block += step)
        {
            int count = Math.Min(step, inputs - block);
            int tapStep = count * TSimd.Lanes;
            float* taps = corner + (block / step * Geometry<TShape>.InputPlane);
            for (int ky = 0; ky < TShape.KernelHeight; ky++, taps += TShape.DilationY * pitch, w += 2 * tapStep)
            {
                for (float* x = taps; x != taps + count; x++, w += TSimd.Lanes)
                {
                    tile.MultiplyAddThree(x, x + rowStep, step, TSimd.Load(w), TSimd.Load(w + tapStep), TSimd.Load(w + (2 * tapStep)));
                }
            }
        }

        Epilogue<TShape, TSimd, TVector>.StoreBoth(ref tile, output, residual, top, left);
    }
}
