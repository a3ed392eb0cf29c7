using System.Runtime.CompilerServices;
using EarlyExitGen.Cpu.Activations;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Convolution;

/// <summary>What becomes of a tile's finished sums: residual, clamp and pool, in registers.</summary>
internal static unsafe class Epilogue<TShape, TSimd, TVector>
    where TShape : struct, IConvolutionShape
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private const int Block = FeatureMapLayout.ChannelsPerBlock;

    /// <summary>Finishes and stores a tile whose first pixel is at that row and column of the convolution.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<TTile, TRows>(ref TTile tile, float* output, float* residual, int top, int left, bool two)
        where TTile : struct, ITile<TVector>
        where TRows : struct, ITileRows
    {
        Finish(ref tile, residual, top, left, TRows.Rows, two, Channels<TShape, TSimd, TVector>.SecondOffset(Geometry<TShape>.ResidualPlane));
        int secondOffset = Channels<TShape, TSimd, TVector>.SecondOffset(Geometry<TShape>.OutputPlane);
        if (TRows.Pools) tile.StoreLargest(At(output, top / 2, left / 2), Block, two, secondOffset);
        else tile.Store(At(output, top, left), TRows.Rows, Geometry<TShape>.OutputPitch, Block, two, secondOffset);
    }

    /// <summary>Likewise for a tile whose second vectors are the row below.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBoth<TTile>(ref TTile tile, float* output, float* residual, int top, int left)
        where TTile : struct, ITile<TVector>
    {
        Finish(ref tile, residual, top, left, rows: 1, two: true, Geometry<TShape>.ResidualPitch);
        int pitch = Geometry<TShape>.OutputPitch;
        if (TShape.MaxPool2x2) tile.StoreLargestOfBoth(At(output, top / 2, left / 2), Block);
        else tile.Store(At(output, top, left), 1, pitch, Block, two: true, pitch);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish<TTile>(ref TTile tile, float* residual, int top, int left, int rows, bool two, int second)
        where TTile : struct, ITile<TVector>
    {
        if (TShape.HasResidual)
        {
            float* map = residual + (top * Geometry<TShape>.ResidualPitch) + (left * Block);
            tile.Add(map, rows, Geometry<TShape>.ResidualPitch, Block, two, second);
        }

        if (TShape.Activation is Activation.Relu or Activation.Relu6) tile.AtLeast(TSimd.Zero, two);
        if (TShape.Activation == Activation.Relu6) tile.AtMost(TSimd.Create(6), two);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float* At(float* output, int row, int column) => output + (row * Geometry<TShape>.OutputPitch) + (column * Block);
}
