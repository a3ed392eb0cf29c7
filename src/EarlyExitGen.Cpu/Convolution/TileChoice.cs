using System.Runtime.CompilerServices;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Convolution;

/// <summary>A kernel that computes a layer tile by tile.</summary>
internal interface ITileKernel<TVector>
    where TVector : struct
{
    /// <summary>Computes the layer with tiles of one kind.</summary>
    void Run<TTile, TRows>()
        where TTile : struct, ITile<TVector>
        where TRows : struct, ITileRows;
}

/// <summary>The tile that suits a layer's map.</summary>
internal static class TileChoice<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>Takes the widest tile that wastes little of the map; narrow maps take two rows at a time.</summary>
    /// <param name="kernel">The layer.</param>
    /// <param name="width">Columns of the convolution.</param>
    /// <param name="height">Rows of the convolution.</param>
    /// <param name="pools">Whether the largest of each 2×2 window is kept; then both are even.</param>
    /// <param name="two">Whether tiles have two vectors of output channels: with one, few pixels would wait for each other's sums.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<TKernel>(in TKernel kernel, int width, int height, bool pools, bool two)
        where TKernel : struct, ITileKernel<TVector>
    {
        bool tall = height > 1;
        bool eight = TSimd.MostPixels == 8;
        bool eights = width % 8 == 0 || width is 15 or > 21;
        if (pools)
        {
            if (eight && (width % 4 == 0 || width > 14 || (!two && width > 4))) kernel.Run<Tile8<TSimd, TVector>, Windows>();
            else kernel.Run<Tile4<TSimd, TVector>, Windows>();
        }
        else if (eight && eights) kernel.Run<Tile8<TSimd, TVector>, OneRow>();
        else if (eight && width is 7 or 13 or 14 or > 18) kernel.Run<Tile7<TSimd, TVector>, OneRow>();
        else if (width is 5 or 10) kernel.Run<Tile5<TSimd, TVector>, OneRow>();
        else if (width is 6 or > 8) kernel.Run<Tile6<TSimd, TVector>, OneRow>();
        else if (eight && tall && width is 4) kernel.Run<Tile8<TSimd, TVector>, TwoRows>();
        else if (tall && width is 3) kernel.Run<Tile6<TSimd, TVector>, TwoRows>();
        else if (width >= 4) kernel.Run<Tile4<TSimd, TVector>, OneRow>();
        else if (tall && width is 2) kernel.Run<Tile4<TSimd, TVector>, TwoRows>();
        else if (width >= 2) kernel.Run<Tile2<TSimd, TVector>, OneRow>();
        else if (tall) kernel.Run<Tile2<TSimd, TVector>, TwoRows>();
        else kernel.Run<Tile1<TSimd, TVector>, OneRow>();
    }
}
