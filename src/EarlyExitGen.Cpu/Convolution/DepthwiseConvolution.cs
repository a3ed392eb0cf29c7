using System.Runtime.CompilerServices;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Convolution;

/// <summary>One filter per channel: lanes are channels, of inputs and weights alike.</summary>
/// <remarks>Packed: <c>[bias, 16·⌈C / 16⌉]</c>, then <c>[block of channels][ky][kx][16]</c>.</remarks>
internal readonly unsafe struct DepthwiseConvolution<TShape, TSimd, TVector> : ILayerKernel<TVector>
    where TShape : struct, IConvolutionShape
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    public static int PackedLength => BiasLength * (1 + Taps);

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

    public static void Pack(ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, Span<float> packed)
    {
        packed.Clear();
        bias.CopyTo(packed);
        Span<float> filters = packed[BiasLength..];
        for (int index = 0; index < weight.Length; index++)
        {
            int channel = index / Taps;
            int block = channel / FeatureMapLayout.ChannelsPerBlock;
            int lane = channel % FeatureMapLayout.ChannelsPerBlock;
            filters[(((block * Taps) + (index % Taps)) * FeatureMapLayout.ChannelsPerBlock) + lane] = weight[index];
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
        int pitch = Geometry<TShape>.InputPitch;
        int rowStep = TShape.StrideY * pitch;
        int columnStep = TShape.StrideX * FeatureMapLayout.ChannelsPerBlock;
        int tapRowStep = TShape.DilationY * pitch;
        int tapColumnStep = TShape.DilationX * FeatureMapLayout.ChannelsPerBlock;
        int kernelHeight = TShape.KernelHeight;
        int kernelWidth = TShape.KernelWidth;
        int inputPlane = Geometry<TShape>.InputPlane;
        int outputPlane = Geometry<TShape>.OutputPlane;
        int residualPlane = Geometry<TShape>.ResidualPlane;
        input += Geometry<TShape>.InputOrigin;
        output += Geometry<TShape>.OutputOrigin;
        residual += Geometry<TShape>.ResidualOrigin;
        for (int channel = 0; channel < TShape.OutputChannels; channel += TSimd.Lanes)
        {
            int lane = channel % FeatureMapLayout.ChannelsPerBlock;
            float* filter = packed + BiasLength + ((channel - lane) * Taps) + lane;
            float* channelInput = input + Channels<TShape, TSimd, TVector>.Offset(channel, inputPlane);
            float* channelOutput = output + Channels<TShape, TSimd, TVector>.Offset(channel, outputPlane);
            float* channelResidual = residual + Channels<TShape, TSimd, TVector>.Offset(channel, residualPlane);
            for (int row = 0; row < height; row += rows)
            {
                int top = Math.Min(row, height - rows);
                for (int column = 0; column < width; column += columns)
                {
                    int left = Math.Min(column, width - columns);
                    float* corner = channelInput + (top * rowStep) + (left * columnStep);
                    float* weights = filter;
                    TTile tile = default;
                    tile.Start(TSimd.Load(packed + channel), default);
                    for (int ky = 0; ky < kernelHeight; ky++)
                    {
                        for (int kx = 0; kx < kernelWidth; kx++)
                        {
                            float* x = corner + (ky * tapRowStep) + (kx * tapColumnStep);
                            tile.MultiplyAddEach(x, rows, rowStep, columnStep, TSimd.Load(weights));
                            weights += FeatureMapLayout.ChannelsPerBlock;
                        }
                    }

                    Epilogue<TShape, TSimd, TVector>.Store<TTile, TRows>(ref tile, channelOutput, channelResidual, top, left, two: false);
                }
            }
        }
    }
}
