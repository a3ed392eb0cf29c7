using System.Runtime.CompilerServices;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Convolution;

/// <summary>A kernel that computes tiles of two rows, whose second vectors are the lower row.</summary>
internal interface IRowPairKernel<TVector>
    where TVector : struct
{
    /// <summary>Computes a tile.</summary>
    void Run<TTile>(int top, int left)
        where TTile : struct, ITile<TVector>;
}

/// <summary>Takes such a kernel through a map, two rows at a time.</summary>
internal static class RowPairs
{
    private const int Rows = 2;

    /// <summary>Whether a map is no smaller than a tile, and wastes little of it.</summary>
    public static bool Suit(int height, int width) => height >= Rows && width is 4 or 6 or >= 8;

    /// <summary>Computes all tiles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TKernel, TSimd, TVector>(in TKernel kernel, int height, int width)
        where TKernel : struct, IRowPairKernel<TVector>
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        // The last tile of a row or column is moved back to end with the map: some pixels are computed twice, none is cut.
        for (int row = 0; row < height; row += Rows)
        {
            int top = Math.Min(row, height - Rows);
            for (int column = 0; column < width;)
            {
                switch (width - column)
                {
                    case <= 4:
                        kernel.Run<Tile4<TSimd, TVector>>(top, Math.Min(column, width - 4));
                        column += 4;
                        break;
                    case 5 or 6 or 9 or 10:
                        kernel.Run<Tile6<TSimd, TVector>>(top, Math.Min(column, width - 6));
                        column += 6;
                        break;
                    default:
                        kernel.Run<Tile8<TSimd, TVector>>(top, Math.Min(column, width - 8));
                        column += 8;
                        break;
                }
            }
        }
    }
}
