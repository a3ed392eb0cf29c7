using System.Runtime.CompilerServices;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Convolution;

/// <summary>A kernel that computes a layer tile by tile.</summary>
internal unsafe interface ITileKernel<TVector>
    where TVector : struct
{
    /// <summary>Computes the layer with tiles of one kind.</summary>
    static abstract void Run<TTile, TRows>(float* input, float* packed, float* output, float* residual)
        where TTile : struct, ITile<TVector>
        where TRows : struct, ITileRows;
}

/// <summary>The tile that suits a layer's map.</summary>
internal static unsafe class TileChoice<TShape, TSimd, TVector>
    where TShape : struct, IConvolutionShape
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>Takes the widest tile that wastes little of the map; narrow maps take two rows at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<TKernel>(float* input, float* packed, float* output, float* residual)
        where TKernel : struct, ITileKernel<TVector>
    {
        int width = Geometry<TShape>.NeededWidth;
        bool tall = Geometry<TShape>.NeededHeight > 1;
        bool eight = TSimd.MostPixels == 8;
        bool eights = width % 8 == 0 || width is 15 or > 21;
        if (TShape.MaxPool2x2)
        {
            if (eight && (width % 4 == 0 || width > 14)) TKernel.Run<Tile8<TSimd, TVector>, Windows>(input, packed, output, residual);
            else TKernel.Run<Tile4<TSimd, TVector>, Windows>(input, packed, output, residual);
        }
        else if (eight && eights) TKernel.Run<Tile8<TSimd, TVector>, OneRow>(input, packed, output, residual);
        else if (eight && width is 7 or 13 or 14 or > 18) TKernel.Run<Tile7<TSimd, TVector>, OneRow>(input, packed, output, residual);
        else if (width is 5 or 10) TKernel.Run<Tile5<TSimd, TVector>, OneRow>(input, packed, output, residual);
        else if (width is 6 or > 8) TKernel.Run<Tile6<TSimd, TVector>, OneRow>(input, packed, output, residual);
        else if (eight && tall && width is 4) TKernel.Run<Tile8<TSimd, TVector>, TwoRows>(input, packed, output, residual);
        else if (tall && width is 3) TKernel.Run<Tile6<TSimd, TVector>, TwoRows>(input, packed, output, residual);
        else if (width >= 4) TKernel.Run<Tile4<TSimd, TVector>, OneRow>(input, packed, output, residual);
        else if (tall && width is 2) TKernel.Run<Tile4<TSimd, TVector>, TwoRows>(input, packed, output, residual);
        else if (width >= 2) TKernel.Run<Tile2<TSimd, TVector>, OneRow>(input, packed, output, residual);
        else if (tall) TKernel.Run<Tile2<TSimd, TVector>, TwoRows>(input, packed, output, residual);
        else TKernel.Run<Tile1<TSimd, TVector>, OneRow>(input, packed, output, residual);
    }
}
