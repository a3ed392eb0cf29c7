using System.Runtime.CompilerServices;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Convolution;

/// <summary>
/// A <see cref="DirectConvolution{TShape, TSimd, TVector}"/> whose taps are three in a row, side by side, and that has one vector of output
/// channels at a time: each value that is read goes into three sums, as <see cref="ThreeTapTiles{TSimd, TVector}"/> says.
/// </summary>
internal static unsafe class ThreeTapConvolution<TShape, TSimd, TVector>
    where TShape : struct, IConvolutionShape
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private const int Rows = 2;

    /// <summary>Whether the layer is of that kind, and its map no smaller than a tile.</summary>
    public static bool Suits
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Channels<TShape, TSimd, TVector>.Vectors == 1
            && TShape.Groups == 1
            && TShape.KernelWidth == 3
            && TShape.StrideX == 1
            && TShape.DilationX == 1
            && Geometry<TShape>.NeededHeight >= Rows
            && Geometry<TShape>.NeededWidth is 4 or 6 or >= 8;
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Run(float* input, float* packed, float* output, float* residual)
    {
        int height = Geometry<TShape>.NeededHeight;
        int width = Geometry<TShape>.NeededWidth;
        input += Geometry<TShape>.InputOrigin;
        output += Geometry<TShape>.OutputOrigin;
        residual += Geometry<TShape>.ResidualOrigin;
        for (int channel = 0; channel < TShape.OutputChannels; channel += TSimd.Lanes)
        {
            float* groupOutput = output + Channels<TShape, TSimd, TVector>.Offset(channel, Geometry<TShape>.OutputPlane);
            float* groupResidual = residual + Channels<TShape, TSimd, TVector>.Offset(channel, Geometry<TShape>.ResidualPlane);

            // The last tile of a row or column is moved back to end with the map: some pixels are computed twice, none is cut.
            for (int row = 0; row < height; row += Rows)
            {
                int top = Math.Min(row, height - Rows);
                for (int column = 0; column < width;)
                {
                    column += (width - column) switch
                    {
                        <= 4 => RunTile<Tile4<TSimd, TVector>>(input, packed, groupOutput, groupResidual, channel, top, column),
                        5 or 6 or 9 or 10 => RunTile<Tile6<TSimd, TVector>>(input, packed, groupOutput, groupResidual, channel, top, column),
                        _ => RunTile<Tile8<TSimd, TVector>>(input, packed, groupOutput, groupResidual, channel, top, column),
                    };
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static int RunTile<TTile>(float* input, float* packed, float* output, float* residual, int channel, int top, int column)
        where TTile : struct, ITile<TVector>
    {
        int left = Math.Min(column, Geometry<TShape>.NeededWidth - TTile.Pixels);
        int step = Geometry<TShape>.InputStep;
        int pitch = Geometry<TShape>.InputPitch;
        int rowStep = TShape.StrideY * pitch;
        int inputs = TShape.InputChannels;
        float* corner = input + (top * rowStep) + (left * step);
        float* w = DirectConvolution<TShape, TSimd, TVector>.GroupWeights(packed, channel);
        TVector bias = TSimd.Load(packed + channel);
        TTile tile = default;
        tile.Start(bias, bias);
        for (int block = 0; block < inputs; block += step)
        {
            int count = Math.Min(step, inputs - block);
            int tapStep = count * TSimd.Lanes;
            float* taps = corner + (block / step * Geometry<TShape>.InputPlane);
            for (int ky = 0; ky < TShape.KernelHeight; ky++, taps += TShape.DilationY * pitch, w += 2 * tapStep)
            {
                for (float* x = taps; x != taps + count; x++, w += TSimd.Lanes)
                {
                    tile.MultiplyAddThree(x, x + rowStep, step, TSimd.Load(w), TSimd.Load(w + tapStep), TSimd.Load(w + (2 * tapStep)));
                }
            }
        }

        Epilogue<TShape, TSimd, TVector>.StoreBoth(ref tile, output, residual, top, left);
        return TTile.Pixels;
    }
}
