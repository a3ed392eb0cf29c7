using System.Runtime.CompilerServices;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Convolution;

/// <summary>
/// Some rows of a <see cref="MapConvolution"/> whose taps are three in a row, side by side, for its last vector of output channels. Where
/// each value is read for one multiply-add, such a layer waits for reads; here each is read for three.
/// </summary>
internal readonly unsafe struct ThreeTapTiles<TSimd, TVector, TRows>(in MapTiles<TSimd, TVector> tiles, int channel) : IRowPairKernel<TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
    where TRows : struct, ITileRows
{
    private readonly MapTiles<TSimd, TVector> tiles = tiles;
    private readonly int channel = channel;

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public void Run<TTile>(int top, int left)
        where TTile : struct, ITile<TVector>
    {
        nint pitch = tiles.InputPitch;
        nint columnStep = tiles.InputStep;
        nint rowStep = tiles.Shape.StrideY * pitch;
        nint tapRowStep = tiles.Shape.DilationY * pitch;
        nint inputs = tiles.Shape.InputChannels;
        nint tapStep = inputs * FeatureMapLayout.ChannelsPerBlock;
        float* taps = tiles.Input + (top * rowStep) + (left * columnStep);
        float* w = tiles.Packed + tiles.Shape.PaddedChannels + (channel / FeatureMapLayout.ChannelsPerBlock * tiles.Shape.BlockLength);
        TVector bias = TSimd.Load(tiles.Packed + channel);
        TTile tile = default;
        tile.Start(bias, bias);
        for (int ky = tiles.Shape.KernelHeight; ky > 0; ky--, taps += tapRowStep, w += 2 * tapStep)
        {
            for (float* x = taps; x != taps + inputs; x++, w += FeatureMapLayout.ChannelsPerBlock)
            {
                tile.MultiplyAddThree(x, x + rowStep, columnStep, TSimd.Load(w), TSimd.Load(w + tapStep), TSimd.Load(w + (2 * tapStep)));
            }
        }

        tiles.StoreBoth<TTile, TRows>(ref tile, channel, top, left);
    }
}
