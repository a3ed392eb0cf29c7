using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Matrices;

/// <summary>
/// The products of pairs of matrices, both of activations. Differs from float64 by less than 2⁻²⁴·(4 + √inner) of the largest output.
/// Thread-safe on different outputs and scratch. Never allocates.
/// </summary>
public static unsafe class MatrixProduct
{
    private const int Block = FeatureMapLayout.ChannelsPerBlock;

    /// <summary>The floats of scratch that a call needs.</summary>
    /// <param name="inner">Columns of a left matrix.</param>
    /// <param name="columns">Columns of a right matrix.</param>
    public static int ScratchLength(int inner, int columns) => checked(inner * Padded(columns));

    /// <summary>output = left · right for each pair. The output must not overlap the inputs.</summary>
    /// <param name="left">The left matrices, [rows, inner].</param>
    /// <param name="leftView">Where they lie; the elements of a row side by side.</param>
    /// <param name="right">The right matrices, [inner, columns].</param>
    /// <param name="rightView">Where they lie.</param>
    /// <param name="output">The products, one after the other, each row filled up to a multiple of 16.</param>
    /// <param name="matrices">How many pairs.</param>
    /// <param name="rows">Rows of a left matrix.</param>
    /// <param name="inner">Columns of a left matrix and rows of a right one.</param>
    /// <param name="columns">Columns of a right matrix.</param>
    /// <param name="scratch">At least <see cref="ScratchLength"/> floats.</param>
    /// <exception cref="ArgumentException">A buffer is too short, or a left matrix' elements don't lie side by side.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(
        ArenaBuffer left, MatrixView leftView, ArenaBuffer right, MatrixView rightView, ArenaBuffer output, int matrices, int rows,
        int inner, int columns, ArenaBuffer scratch)
    {
        if (leftView.Column != 1) throw new ArgumentException($"The left matrices' columns are {leftView.Column} floats apart, not 1.");
        int pitch = Padded(columns);
        float* a = left.Require(leftView.Length(matrices, rows, inner)) + leftView.Offset;
        float* b = right.Require(rightView.Length(matrices, inner, columns)) + rightView.Offset;
        float* y = output.Require(checked(matrices * rows * pitch));
        float* packed = scratch.Require(ScratchLength(inner, columns));
        for (int matrix = 0; matrix < matrices; matrix++)
        {
            PackColumns(b, rightView.Row, rightView.Column, inner, columns, packed);
            if (Vector512.IsHardwareAccelerated) multiply<Simd512, Vector512<float>>();
            else if (Vector256.IsHardwareAccelerated) multiply<Simd256, Vector256<float>>();
            else multiply<Simd128, Vector128<float>>();
            a += leftView.Matrix;
            b += rightView.Matrix;
            y += rows * pitch;
        }

        void multiply<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct => TileProduct.Run<TSimd, TVector>(
                a, leftView.Row, packed, Block, inner * Block, y, pitch, rows, inner, pitch / Block);
    }

    /// <summary>Arranges a right matrix as <c>[16 columns][row][16]</c>, zeros where there is no column.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void PackColumns(float* matrix, int rowStep, int columnStep, int rows, int columns, float* packed, float scale = 1)
    {
        for (int first = 0; first < columns; first += Block)
        {
            int count = Math.Min(Block, columns - first);
            float* source = matrix + (first * columnStep);
            for (int row = 0; row < rows; row++, source += rowStep, packed += Block)
            {
                int column = 0;
                for (; column < count; column++) packed[column] = scale * source[column * columnStep];
                for (; column < Block; column++) packed[column] = 0;
            }
        }
    }

    private static int Padded(int columns) => (columns + Block - 1) / Block * Block;
}
