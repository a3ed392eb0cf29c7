using System.Runtime.CompilerServices;
using EarlyExitGen.Cpu.Convolution;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Matrices;

/// <summary>The product of two matrices of activations in register tiles of rows, as the linear layer has it for weights.</summary>
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
            where TTile : struct, ITile<TVector> => RunTiles<TTile, TSimd, TVector>(
                left, leftPitch, right, rightPitch, rightBlock, output, outputPitch, rows, inner, blocks);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void RunTiles<TTile, TSimd, TVector>(
        float* left, int leftPitch, float* right, int rightPitch, int rightBlock, float* output, int outputPitch, int rows, int inner,
        int blocks)
        where TTile : struct, ITile<TVector>
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        bool two = TSimd.Lanes < Block;
        int group = two ? 2 * TSimd.Lanes : TSimd.Lanes;
        for (int column = 0; column < blocks * Block; column += group)
        {
            float* columns = right + (column / Block * rightBlock) + (column % Block);
            for (int row = 0; row < rows; row += TTile.Pixels)
            {
                // The last tile is moved back to end with the rows: some are computed twice.
                int first = Math.Min(row, rows - TTile.Pixels);
                float* x = left + (first * leftPitch);
                float* w = columns;
                TTile tile = default;
                tile.Start(TSimd.Zero, TSimd.Zero);
                for (float* end = x + inner; x != end; x++, w += rightPitch)
                {
                    tile.MultiplyAdd(x, 1, 0, leftPitch, two, TSimd.Load(w), two ? TSimd.Load(w + TSimd.Lanes) : default);
                }

                tile.Store(output + (first * outputPitch) + column, 1, 0, outputPitch, two, TSimd.Lanes);
            }
        }
    }
}
