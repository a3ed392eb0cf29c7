using System.Runtime.CompilerServices;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Convolution;

/// <summary>
/// Convolution of any shape, tap by tap. The weights of one group of output channels, at most a few hundred KiB, stay in the second
/// level cache while the whole map passes through the registers, tile by tile.
/// </summary>
/// <remarks>
/// Packed: <c>[bias, 16·⌈C / 16⌉]</c>, then <c>[group of output channels][block of input channels][ky][kx][input channel][output
/// channel]</c>. Grouped convolutions keep, for each group of output channels, only the input channels that any of them sees.
/// </remarks>
internal readonly unsafe struct DirectConvolution<TShape, TSimd, TVector> : ILayerKernel<TVector>
    where TShape : struct, IConvolutionShape
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private static int Taps
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TShape.KernelHeight * TShape.KernelWidth;
    }

    private static int BiasLength
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Geometry<TShape>.OutputBlocks * FeatureMapLayout.ChannelsPerBlock;
    }

    private static int WeightsPerOutput
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Channels<TShape, TSimd, TVector>.InputsPerGroup * Taps;
    }

    public static int PackedLength
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => BiasLength * (1 + WeightsPerOutput);
    }

    /// <summary>The weights of the group of output channels that begins there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float* GroupWeights(float* packed, int channel) => packed + BiasLength + (channel * WeightsPerOutput);

    public static void Pack(ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, Span<float> packed)
    {
        packed.Clear();
        bias.CopyTo(packed);
        int group = Channels<TShape, TSimd, TVector>.PerGroup;
        for (int first = 0; first < BiasLength; first += group)
        {
            if (first < TShape.OutputChannels) PackGroup(weight, first, packed[(BiasLength + (first * WeightsPerOutput))..]);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Run<TTile, TRows>(float* input, float* packed, float* output, float* residual)
        where TTile : struct, ITile<TVector>
        where TRows : struct, ITileRows
    {
        int rows = TRows.Rows;
        int columns = TTile.Pixels / rows;
        int height = Geometry<TShape>.NeededHeight;
        int width = Geometry<TShape>.NeededWidth;
        bool two = Channels<TShape, TSimd, TVector>.Vectors == 2;
        int group = two ? 2 * TSimd.Lanes : TSimd.Lanes;
        int step = Geometry<TShape>.InputStep;
        int pitch = Geometry<TShape>.InputPitch;
        int plane = Geometry<TShape>.InputPlane;
        int rowStep = TShape.StrideY * pitch;
        int columnStep = TShape.StrideX * step;
        int tapRowStep = TShape.DilationY * pitch;
        int tapColumnStep = TShape.DilationX * step;
        int kernelHeight = TShape.KernelHeight;
        int kernelWidth = TShape.KernelWidth;
        int outputPlane = Geometry<TShape>.OutputPlane;
        int residualPlane = Geometry<TShape>.ResidualPlane;
        int firstInput = 0;
        int endOfInputs = TShape.InputChannels;
        input += Geometry<TShape>.InputOrigin;
        output += Geometry<TShape>.OutputOrigin;
        residual += Geometry<TShape>.ResidualOrigin;
        for (int channel = 0; channel < TShape.OutputChannels; channel += group)
        {
            float* groupWeights = GroupWeights(packed, channel);
            float* groupOutput = output + Channels<TShape, TSimd, TVector>.Offset(channel, outputPlane);
            float* groupResidual = residual + Channels<TShape, TSimd, TVector>.Offset(channel, residualPlane);
            if (TShape.Groups != 1)
            {
                firstInput = Geometry<TShape>.FirstInput(channel);
                endOfInputs = Geometry<TShape>.EndOfInputs(channel + group);
            }

            // The last tile of a row or column is moved back to end with the map: some pixels are computed twice, none is cut.
            for (int row = 0; row < height; row += rows)
            {
                int top = Math.Min(row, height - rows);
                for (int column = 0; column < width; column += columns)
                {
                    int left = Math.Min(column, width - columns);
                    float* corner = input + (top * rowStep) + (left * columnStep);
                    float* weights = groupWeights;
                    TTile tile = default;
                    tile.Start(TSimd.Load(packed + channel), two ? TSimd.Load(packed + channel + TSimd.Lanes) : default);
                    for (int block = firstInput; block < endOfInputs;)
                    {
                        int endOfBlock = Math.Min(endOfInputs, (block / step + 1) * step);
                        float* blockInput = corner + (block / step * plane) + (block % step);
                        for (int ky = 0; ky < kernelHeight; ky++)
                        {
                            for (int kx = 0; kx < kernelWidth; kx++)
                            {
                                float* x = blockInput + (ky * tapRowStep) + (kx * tapColumnStep);
                                for (float* end = x + (endOfBlock - block); x != end; x++)
                                {
                                    TVector first = TSimd.Load(weights);
                                    if (two) tile.MultiplyAdd(x, rows, rowStep, columnStep, first, TSimd.Load(weights + TSimd.Lanes));
                                    else tile.MultiplyAdd(x, rows, rowStep, columnStep, first);
                                    weights += group;
                                }
                            }
                        }

                        block = endOfBlock;
                    }

                    Epilogue<TShape, TSimd, TVector>.Store<TTile, TRows>(ref tile, groupOutput, groupResidual, top, left, two);
                }
            }
        }
    }

    private static void PackGroup(ReadOnlySpan<float> weight, int firstOutput, Span<float> packed)
    {
        int group = Channels<TShape, TSimd, TVector>.PerGroup;
        int perGroup = Geometry<TShape>.InputChannelsPerGroup;
        int step = Geometry<TShape>.InputStep;
        int end = Geometry<TShape>.EndOfInputs(firstOutput + group);
        int at = 0;
        for (int channel = Geometry<TShape>.FirstInput(firstOutput); channel < end;)
        {
            int endOfBlock = Math.Min(end, (channel / step + 1) * step);
            for (int tap = 0; tap < Taps; tap++)
            {
                for (int input = channel; input < endOfBlock; input++, at += group)
                {
                    for (int lane = 0; lane < group; lane++)
                    {
                        int output = firstOutput + lane;
                        int within = input - Geometry<TShape>.FirstInput(output);
                        if (output >= TShape.OutputChannels || within < 0 || within >= perGroup) continue;
                        packed[at + lane] = weight[(((output * perGroup) + within) * Taps) + tap];
                    }
                }
            }

            channel = endOfBlock;
        }
    }
}
