using System.Runtime.CompilerServices;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Convolution;

/// <summary>
/// Some rows of a <see cref="MapConvolution"/> whose taps are three in a row, side by side, for its last vector of output channels. Where
/// each value is read for one multiply-add, such a layer waits for reads; here each is read for three.
/// </summary>
/// <remarks>Two rows of pixels at a time.</remarks>
internal readonly unsafe struct ThreeTapTiles<TSimd, TVector>(in MapTiles<TSimd, TVector> tiles, int channel)
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private const int Block = FeatureMapLayout.ChannelsPerBlock;
    private const int Rows = 2;

    private readonly MapTiles<TSimd, TVector> tiles = tiles;
    private readonly int channel = channel;

    /// <summary>Computes the rows, or the largest of each 2×2 window.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TRows>()
        where TRows : struct, ITileRows
    {
        // The last tile of a row or column is moved back to end with the map: some pixels are computed twice, none is cut.
        for (int row = 0; row < tiles.Height; row += Rows)
        {
            int top = Math.Min(row, tiles.Height - Rows);
            for (int column = 0; column < tiles.Width;)
            {
                column += (tiles.Width - column) switch
                {
                    <= 4 => RunTile<Tile4<TSimd, TVector>, TRows>(top, column),
                    5 or 6 or 9 or 10 => RunTile<Tile6<TSimd, TVector>, TRows>(top, column),
                    _ => RunTile<Tile8<TSimd, TVector>, TRows>(top, column),
                };
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private int RunTile<TTile, TRows>(int top, int column)
        where TTile : struct, ITile<TVector>
        where TRows : struct, ITileRows
    {
        int left = Math.Min(column, tiles.Width - TTile.Pixels);
        nint pitch = tiles.InputPitch;
        nint columnStep = tiles.InputStep;
        nint rowStep = tiles.Shape.StrideY * pitch;
        nint tapRowStep = tiles.Shape.DilationY * pitch;
        nint inputs = tiles.Shape.InputChannels;
        nint tapStep = inputs * Block;
        float* taps = tiles.Input + (top * rowStep) + (left * columnStep);
        float* w = tiles.Packed + tiles.Shape.PaddedChannels + (channel / Block * tiles.Shape.BlockLength);
        TVector bias = TSimd.Load(tiles.Packed + channel);
        TTile tile = default;
        tile.Start(bias, bias);
        for (int ky = tiles.Shape.KernelHeight; ky > 0; ky--, taps += tapRowStep, w += 2 * tapStep)
        {
            for (float* x = taps; x != taps + inputs; x++, w += Block)
            {
                tile.MultiplyAddThree(x, x + rowStep, columnStep, TSimd.Load(w), TSimd.Load(w + tapStep), TSimd.Load(w + (2 * tapStep)));
            }
        }

        tiles.StoreBoth<TTile, TRows>(ref tile, channel, top, left);
        return TTile.Pixels;
    }
}
