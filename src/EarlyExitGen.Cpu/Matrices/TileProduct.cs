using System.Runtime.CompilerServices;
using EarlyExitGen.Cpu.Convolution;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Matrices;

/// <summary>The product of two matrices in register tiles of rows, as the linear layer of constant sizes has it.</summary>
internal static unsafe class TileProduct
{
    private const int Block = FeatureMapLayout.ChannelsPerBlock;

    /// <summary>output = left · right, whole blocks of 16 columns. The output must not overlap the inputs.</summary>
    /// <param name="left">The first row of the left matrix, its elements side by side.</param>
    /// <param name="leftPitch">Floats from one of its rows to the next.</param>
    /// <param name="right">The first row of the right matrix: 16 columns side by side.</param>
    /// <param name="rightPitch">Floats from one of its rows to the next.</param>
    /// <param name="rightBlock">Floats from 16 of its columns to the next 16.</param>
    /// <param name="output">The first row of the product.</param>
    /// <param name="outputPitch">Floats from one of its rows to the next.</param>
    /// <param name="rows">Rows of the left matrix.</param>
    /// <param name="inner">Columns of the left matrix and rows of the right one.</param>
    /// <param name="blocks">Blocks of 16 columns of the right matrix.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TSimd, TVector>(
        float* left, int leftPitch, float* right, int rightPitch, int rightBlock, float* output, int outputPitch, int rows, int inner,
        int blocks)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        bool eight = TSimd.MostPixels == 8;
        if (eight && rows >= 8) run<Tile8<TSimd, TVector>>();
        else if (!eight && rows >= 6) run<Tile6<TSimd, TVector>>();
        else if (rows >= 4) run<Tile4<TSimd, TVector>>();
        else if (rows >= 2) run<Tile2<TSimd, TVector>>();
        else run<Tile1<TSimd, TVector>>();

        void run<TTile>()
            where TTile : struct, ITile<TVector>
        {
            // Two vectors of columns at a time, for which each element on the left is read once.
            if (TSimd.Lanes < Block) runTiles<TTile, WithinABlock<TSimd, TVector>>();
            else if (blocks % 2 == 0 || blocks > 5) runTiles<TTile, OfTwoBlocks>();
            else runTiles<TTile, Alone>();
        }

        void runTiles<TTile, TColumns>()
            where TTile : struct, ITile<TVector>
            where TColumns : struct, ITileColumns => RunTiles<TTile, TColumns, TSimd, TVector>(
                left, leftPitch, right, rightPitch, rightBlock, output, outputPitch, rows, inner, blocks);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void RunTiles<TTile, TColumns, TSimd, TVector>(
        float* left, int leftPitch, float* right, int rightPitch, int rightBlock, float* output, int outputPitch, int rows, int inner,
        int blocks)
        where TTile : struct, ITile<TVector>
        where TColumns : struct, ITileColumns
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        bool two = TColumns.AreTwo;
        int group = two ? 2 * TSimd.Lanes : TSimd.Lanes;
        int second = TColumns.Second(rightBlock);
        for (int start = 0; start < blocks * Block; start += group)
        {
            // The last group is moved back to end with the columns, and the last tile to end with the rows: some are computed twice.
            int column = Math.Min(start, (blocks * Block) - group);
            float* columns = right + (column / Block * rightBlock) + (column % Block);
            for (int row = 0; row < rows; row += TTile.Pixels)
            {
                int first = Math.Min(row, rows - TTile.Pixels);
                float* x = left + (first * leftPitch);
                float* w = columns;
                TTile tile = default;
                tile.Start(TSimd.Zero, TSimd.Zero);
                for (float* end = x + inner; x != end; x++, w += rightPitch)
                {
                    if (two) tile.MultiplyAdd(x, 1, 0, leftPitch, TSimd.Load(w), TSimd.Load(w + second));
                    else tile.MultiplyAdd(x, 1, 0, leftPitch, TSimd.Load(w));
                }

                tile.Store(output + (first * outputPitch) + column, 1, 0, outputPitch, two, TColumns.SecondOutput);
            }
        }
    }
}
