using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Linear;

/// <content>
/// Layers of up to four output features, such as heads of two classes and gates: a vector of output features would be mostly empty, so
/// the vectors are of input features.
/// </content>
public static unsafe partial class LinearLayer
{
    private const int MostNarrowOutputs = 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsNarrow<TShape>()
        where TShape : struct, ILinearShape => TShape.OutputFeatures <= MostNarrowOutputs;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void RunNarrow<TShape>(float* input, float* packed, float* output, int rows)
        where TShape : struct, ILinearShape
    {
        if (Vector512.IsHardwareAccelerated) RunNarrow<TShape, Simd512, Vector512<float>>(input, packed, output, rows);
        else if (Vector256.IsHardwareAccelerated) RunNarrow<TShape, Simd256, Vector256<float>>(input, packed, output, rows);
        else RunNarrow<TShape, Simd128, Vector128<float>>(input, packed, output, rows);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void RunNarrow<TShape, TSimd, TVector>(float* input, float* packed, float* output, int rows)
        where TShape : struct, ILinearShape
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        FeatureMapShape map = new(TShape.InputFeatures, TShape.InputHeight, TShape.InputWidth, TShape.InputBorder);
        bool flattens = TShape.InputHeight * TShape.InputWidth > 1 || TShape.InputBorder > 0;
        int runs = flattens ? map.Blocks * TShape.InputHeight : 1;
        int runLength = flattens ? TShape.InputWidth * Block : TShape.InputFeatures;
        int positions = Positions<TShape>();
        for (int row = 0; row < rows; row++, input += positions, output += Block)
        {
            TVector sum0 = TSimd.Zero;
            TVector sum1 = TSimd.Zero;
            TVector sum2 = TSimd.Zero;
            TVector sum3 = TSimd.Zero;
            float* w = packed + Block;
            float rest0 = 0;
            float rest1 = 0;
            float rest2 = 0;
            float rest3 = 0;
            for (int run = 0; run < runs; run++)
            {
                float* x = input + (run / TShape.InputHeight * map.Plane) + (run % TShape.InputHeight * map.Pitch);
                int at = 0;
                for (; at <= runLength - TSimd.Lanes; at += TSimd.Lanes, w += TSimd.Lanes)
                {
                    TVector value = TSimd.Load(x + at);
                    sum0 = TSimd.MultiplyAdd(value, TSimd.Load(w), sum0);
                    if (TShape.OutputFeatures > 1) sum1 = TSimd.MultiplyAdd(value, TSimd.Load(w + positions), sum1);
                    if (TShape.OutputFeatures > 2) sum2 = TSimd.MultiplyAdd(value, TSimd.Load(w + (2 * positions)), sum2);
                    if (TShape.OutputFeatures > 3) sum3 = TSimd.MultiplyAdd(value, TSimd.Load(w + (3 * positions)), sum3);
                }

                // What lies beyond a row's features is not the layer's to read.
                for (; at < runLength; at++, w++)
                {
                    rest0 = MathF.FusedMultiplyAdd(x[at], w[0], rest0);
                    if (TShape.OutputFeatures > 1) rest1 = MathF.FusedMultiplyAdd(x[at], w[positions], rest1);
                    if (TShape.OutputFeatures > 2) rest2 = MathF.FusedMultiplyAdd(x[at], w[2 * positions], rest2);
                    if (TShape.OutputFeatures > 3) rest3 = MathF.FusedMultiplyAdd(x[at], w[3 * positions], rest3);
                }
            }

            for (int lane = 0; lane < Block; lane += TSimd.Lanes) TSimd.Store(TSimd.Zero, output + lane);
            output[0] = packed[0] + TSimd.Sum(sum0) + rest0;
            if (TShape.OutputFeatures > 1) output[1] = packed[1] + TSimd.Sum(sum1) + rest1;
            if (TShape.OutputFeatures > 2) output[2] = packed[2] + TSimd.Sum(sum2) + rest2;
            if (TShape.OutputFeatures > 3) output[3] = packed[3] + TSimd.Sum(sum3) + rest3;
            Activate<TShape, TSimd, TVector>(output, Block);
        }
    }
}
