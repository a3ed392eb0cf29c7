using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using EarlyExitGen.Cpu.Activations;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Convolution;

/// <summary>
/// A 2D convolution with bias, residual, activation and 2×2 max-pool in one pass, float32 throughout.
/// </summary>
/// <remarks>
/// Largest difference from float64 over the largest sum of terms without their signs, measured by the tests on random layers: below
/// 2⁻²⁴·(4 + √terms) for the direct and depthwise algorithms, below 4e-7 for F(2×2, 3×3), below 6e-6 for F(4×4, 3×3) up to 64 input
/// channels. Thread-safe on different outputs and scratch. Never allocates.
/// </remarks>
public static unsafe class Convolution2d
{
    /// <summary>The floats that the packed weights take on this machine.</summary>
    /// <typeparam name="TShape">The layer.</typeparam>
    public static int PackedLength<TShape>()
        where TShape : struct, IConvolutionShape
    {
        if (Vector512.IsHardwareAccelerated) return PackedLength<TShape, Simd512, Vector512<float>>();
        if (Vector256.IsHardwareAccelerated) return PackedLength<TShape, Simd256, Vector256<float>>();
        return PackedLength<TShape, Simd128, Vector128<float>>();
    }

    /// <summary>The floats of scratch that a call needs on this machine: 0 unless the algorithm is Winograd's.</summary>
    /// <typeparam name="TShape">The layer.</typeparam>
    public static int ScratchLength<TShape>()
        where TShape : struct, IConvolutionShape
    {
        if (Vector512.IsHardwareAccelerated) return ScratchLength<TShape, Simd512, Vector512<float>>();
        if (Vector256.IsHardwareAccelerated) return ScratchLength<TShape, Simd256, Vector256<float>>();
        return ScratchLength<TShape, Simd128, Vector128<float>>();
    }

    /// <summary>Arranges a layer's weights for this machine.</summary>
    /// <typeparam name="TShape">The layer.</typeparam>
    /// <param name="weight">[output channels, input channels / groups, kernel height, kernel width], with BatchNorm folded in.</param>
    /// <param name="bias">[output channels], or empty for none.</param>
    /// <param name="packed">At least <see cref="PackedLength{TShape}"/> floats.</param>
    /// <exception cref="ArgumentException">A length is wrong, or the shape is not one that can be computed.</exception>
    public static void Pack<TShape>(ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, ArenaBuffer packed)
        where TShape : struct, IConvolutionShape
    {
        RequireComputable<TShape>();
        int weights = TShape.OutputChannels * Geometry<TShape>.InputChannelsPerGroup * TShape.KernelHeight * TShape.KernelWidth;
        if (weight.Length != weights)
        {
            throw new ArgumentException($"{typeof(TShape).Name}: expected {weights} weights, found {weight.Length}.", nameof(weight));
        }

        if (!bias.IsEmpty && bias.Length != TShape.OutputChannels)
        {
            throw new ArgumentException(
                $"{typeof(TShape).Name}: expected {TShape.OutputChannels} biases, found {bias.Length}.", nameof(bias));
        }

        Span<float> destination = new(packed.Require(PackedLength<TShape>()), PackedLength<TShape>());
        if (Vector512.IsHardwareAccelerated) Pack<TShape, Simd512, Vector512<float>>(weight, bias, destination);
        else if (Vector256.IsHardwareAccelerated) Pack<TShape, Simd256, Vector256<float>>(weight, bias, destination);
        else Pack<TShape, Simd128, Vector128<float>>(weight, bias, destination);
    }

    /// <summary>Computes the layer for one sample. The output must not overlap the input or the residual.</summary>
    /// <typeparam name="TShape">The layer.</typeparam>
    /// <param name="input">The input map, its border zero.</param>
    /// <param name="packed">What <see cref="Pack{TShape}"/> made on this machine.</param>
    /// <param name="output">The output map; its border is left as it is.</param>
    /// <param name="residual">The map to add, when the layer has one.</param>
    /// <param name="scratch">At least <see cref="ScratchLength{TShape}"/> floats.</param>
    /// <exception cref="ArgumentException">A buffer is too short.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TShape>(
        ArenaBuffer input, ArenaBuffer packed, ArenaBuffer output, ArenaBuffer residual = default, ArenaBuffer scratch = default)
        where TShape : struct, IConvolutionShape
    {
        float* x = input.Require(Geometry<TShape>.InputLength);
        float* weights = packed.Require(PackedLength<TShape>());
        float* y = output.Require(Geometry<TShape>.OutputLength);
        float* added = residual.Require(Geometry<TShape>.ResidualLength);
        float* working = scratch.Require(ScratchLength<TShape>());
        if (Vector512.IsHardwareAccelerated) Run<TShape, Simd512, Vector512<float>>(x, weights, y, added, working);
        else if (Vector256.IsHardwareAccelerated) Run<TShape, Simd256, Vector256<float>>(x, weights, y, added, working);
        else Run<TShape, Simd128, Vector128<float>>(x, weights, y, added, working);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int PackedLength<TShape, TSimd, TVector>()
        where TShape : struct, IConvolutionShape
        where TSimd : struct, ISimd<TVector>
        where TVector : struct => TShape.Algorithm switch
        {
            ConvolutionAlgorithm.Depthwise => DepthwiseConvolution<TShape, TSimd, TVector>.PackedLength,
            ConvolutionAlgorithm.Winograd2x2 =>
                WinogradConvolution<TShape, WinogradTransform2<TSimd, TVector>, TSimd, TVector>.PackedLength,
            ConvolutionAlgorithm.Winograd4x4 =>
                WinogradConvolution<TShape, WinogradTransform4<TSimd, TVector>, TSimd, TVector>.PackedLength,
            _ => DirectConvolution<TShape, TSimd, TVector>.PackedLength,
        };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int ScratchLength<TShape, TSimd, TVector>()
        where TShape : struct, IConvolutionShape
        where TSimd : struct, ISimd<TVector>
        where TVector : struct => TShape.Algorithm switch
        {
            ConvolutionAlgorithm.Winograd2x2 =>
                WinogradConvolution<TShape, WinogradTransform2<TSimd, TVector>, TSimd, TVector>.ScratchLength,
            ConvolutionAlgorithm.Winograd4x4 =>
                WinogradConvolution<TShape, WinogradTransform4<TSimd, TVector>, TSimd, TVector>.ScratchLength,
            _ => 0,
        };

    private static void Pack<TShape, TSimd, TVector>(ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, Span<float> packed)
        where TShape : struct, IConvolutionShape
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        switch (TShape.Algorithm)
        {
            case ConvolutionAlgorithm.Depthwise:
                DepthwiseConvolution<TShape, TSimd, TVector>.Pack(weight, bias, packed);
                break;
            case ConvolutionAlgorithm.Winograd2x2:
                WinogradConvolution<TShape, WinogradTransform2<TSimd, TVector>, TSimd, TVector>.Pack(weight, bias, packed);
                break;
            case ConvolutionAlgorithm.Winograd4x4:
                WinogradConvolution<TShape, WinogradTransform4<TSimd, TVector>, TSimd, TVector>.Pack(weight, bias, packed);
                break;
            default:
                DirectConvolution<TShape, TSimd, TVector>.Pack(weight, bias, packed);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Run<TShape, TSimd, TVector>(float* input, float* packed, float* output, float* residual, float* scratch)
        where TShape : struct, IConvolutionShape
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        if (TShape.Algorithm == ConvolutionAlgorithm.Winograd4x4)
        {
            WinogradConvolution<TShape, WinogradTransform4<TSimd, TVector>, TSimd, TVector>.Run(input, packed, output, residual, scratch);
        }
        else if (TShape.Algorithm == ConvolutionAlgorithm.Winograd2x2)
        {
            WinogradConvolution<TShape, WinogradTransform2<TSimd, TVector>, TSimd, TVector>.Run(input, packed, output, residual, scratch);
        }
        else if (TShape.Algorithm == ConvolutionAlgorithm.Depthwise)
        {
            RunTiles<TShape, DepthwiseConvolution<TShape, TSimd, TVector>, TSimd, TVector>(input, packed, output, residual);
        }
        else if (ThreeTapConvolution<TShape, TSimd, TVector>.Suits)
        {
            ThreeTapConvolution<TShape, TSimd, TVector>.Run(input, packed, output, residual);
        }
        else
        {
            RunTiles<TShape, DirectConvolution<TShape, TSimd, TVector>, TSimd, TVector>(input, packed, output, residual);
        }

        if (!ActivationKernel.IsClamp(TShape.Activation)) ApplyActivation<TShape, TSimd, TVector>(output);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void RunTiles<TShape, TKernel, TSimd, TVector>(float* input, float* packed, float* output, float* residual)
        where TShape : struct, IConvolutionShape
        where TKernel : struct, ILayerKernel<TVector>
        where TSimd : struct, ISimd<TVector>
        where TVector : struct => TileChoice<TSimd, TVector>.Run(
            new LayerTiles<TKernel, TVector>(input, packed, output, residual),
            Geometry<TShape>.NeededWidth,
            Geometry<TShape>.NeededHeight,
            TShape.MaxPool2x2,
            TShape.Algorithm != ConvolutionAlgorithm.Depthwise && Channels<TShape, TSimd, TVector>.Vectors == 2);

    /// <summary>Activations of more than a few instructions are applied in a second pass over the output, which is in the cache.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void ApplyActivation<TShape, TSimd, TVector>(float* output)
        where TShape : struct, IConvolutionShape
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        for (int block = 0; block < Geometry<TShape>.OutputBlocks; block++)
        {
            float* plane = output + Geometry<TShape>.OutputOrigin + (block * Geometry<TShape>.OutputPlane);
            for (int row = 0; row < Geometry<TShape>.Height; row++)
            {
                float* end = plane + (Geometry<TShape>.Width * Geometry<TShape>.Block);
                for (float* at = plane; at != end; at += TSimd.Lanes)
                {
                    TVector activated = ActivationKernel.Apply<TSimd, TVector>(TShape.Activation, TShape.NegativeSlope, TSimd.Load(at));
                    TSimd.Store(activated, at);
                }

                plane += Geometry<TShape>.OutputPitch;
            }
        }
    }

    private static void RequireComputable<TShape>()
        where TShape : struct, IConvolutionShape
    {
        string? problem = Problem<TShape>();
        if (problem is not null) throw new ArgumentException($"{typeof(TShape).Name}: {problem}");
    }

    private static string? Problem<TShape>()
        where TShape : struct, IConvolutionShape
    {
        if (TShape.InputChannels % TShape.Groups != 0 || TShape.OutputChannels % TShape.Groups != 0)
        {
            return $"{TShape.InputChannels} and {TShape.OutputChannels} channels don't divide into {TShape.Groups} groups.";
        }

        int below = TShape.PaddingY + TShape.ExtraPaddingY;
        int right = TShape.PaddingX + TShape.ExtraPaddingX;
        if (TShape.InputBorder < Math.Max(below, right))
        {
            return $"the input's border of {TShape.InputBorder} is narrower than the padding of {below}×{right}.";
        }

        if (Geometry<TShape>.NeededHeight < 1 || Geometry<TShape>.NeededWidth < 1) return "the output is empty.";
        bool winograd = TShape.Algorithm is ConvolutionAlgorithm.Winograd2x2 or ConvolutionAlgorithm.Winograd4x4;
        int tile = TShape.Algorithm == ConvolutionAlgorithm.Winograd4x4 ? 4 : 2;
        if (winograd && (TShape.KernelHeight != 3 || TShape.KernelWidth != 3 || TShape.StrideY != 1 || TShape.StrideX != 1
            || TShape.DilationY != 1 || TShape.DilationX != 1 || TShape.Groups != 1 || TShape.InputIsPlanar
            || Geometry<TShape>.NeededHeight < tile || Geometry<TShape>.NeededWidth < tile))
        {
            return $"{TShape.Algorithm} is for 3×3 kernels of stride 1 over blocked maps with outputs of at least {tile}×{tile}.";
        }

        bool depthwise = TShape.Groups == TShape.InputChannels && TShape.Groups == TShape.OutputChannels && !TShape.InputIsPlanar;
        if (TShape.Algorithm == ConvolutionAlgorithm.Depthwise && !depthwise)
        {
            return $"{TShape.Algorithm} is for as many groups as input and output channels over blocked maps.";
        }

        return TShape.MaxPool2x2 && !ActivationKernel.IsClamp(TShape.Activation)
            ? $"{TShape.Activation} can't be pooled in the same pass."
            : null;
    }
}
