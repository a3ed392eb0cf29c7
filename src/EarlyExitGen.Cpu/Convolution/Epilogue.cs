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
    /// <summary>Finishes and stores a tile whose first pixel is at that row and column of the convolution.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<TTile, TRows>(ref TTile tile, float* output, float* residual, int top, int left, bool two)
        where TTile : struct, ITile<TVector>
        where TRows : struct, ITileRows
    {
        if (TShape.HasResidual)
        {
            float* map = residual + (top * Geometry<TShape>.ResidualPitch) + (left * FeatureMapLayout.ChannelsPerBlock);
            int second = Channels<TShape, TSimd, TVector>.SecondOffset(Geometry<TShape>.ResidualPlane);
            tile.Add(map, TRows.Rows, Geometry<TShape>.ResidualPitch, FeatureMapLayout.ChannelsPerBlock, two, second);
        }

        if (TShape.Activation is Activation.Relu or Activation.Relu6) tile.AtLeast(TSimd.Zero, two);
        if (TShape.Activation == Activation.Relu6) tile.AtMost(TSimd.Create(6), two);

        int secondOffset = Channels<TShape, TSimd, TVector>.SecondOffset(Geometry<TShape>.OutputPlane);
        if (TRows.Pools)
        {
            float* at = output + (top / 2 * Geometry<TShape>.OutputPitch) + (left / 2 * FeatureMapLayout.ChannelsPerBlock);
            tile.StoreLargest(at, FeatureMapLayout.ChannelsPerBlock, two, secondOffset);
        }
        else
        {
            float* at = output + (top * Geometry<TShape>.OutputPitch) + (left * FeatureMapLayout.ChannelsPerBlock);
            tile.Store(at, TRows.Rows, Geometry<TShape>.OutputPitch, FeatureMapLayout.ChannelsPerBlock, two, secondOffset);
        }
    }
}
