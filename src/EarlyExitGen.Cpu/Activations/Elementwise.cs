using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Activations;

/// <summary>
/// What generated code calls where an activation or a sum is not part of another layer: over the interior of blocked maps, so that
/// borders stay zero. Rows of features are maps of height 1. Thread-safe on different outputs. Never allocates.
/// </summary>
/// <remarks>
/// Against float64, measured by the tests: what has an exponential within 5e-7 of the largest output, the others within one rounding.
/// </remarks>
public static unsafe partial class Elementwise
{
    /// <summary>activation(map), in place.</summary>
    /// <param name="map">The map.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="activation">The activation.</param>
    /// <param name="negativeSlope">
    /// The slope of <see cref="Activation.LeakyRelu"/>; α of <see cref="Activation.Elu"/> and <see cref="Activation.Celu"/>; λ of
    /// <see cref="Activation.Hardshrink"/> and <see cref="Activation.Softshrink"/>.
    /// </param>
    /// <exception cref="ArgumentException">The buffer is too short.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Activate(ArenaBuffer map, FeatureMapShape shape, Activation activation, float negativeSlope = 0.01f)
    {
        float* x = map.Require(shape.Length) + shape.Origin;
        if (Vector512.IsHardwareAccelerated) Activate<Simd512, Vector512<float>>(x, shape, activation, negativeSlope);
        else if (Vector256.IsHardwareAccelerated) Activate<Simd256, Vector256<float>>(x, shape, activation, negativeSlope);
        else Activate<Simd128, Vector128<float>>(x, shape, activation, negativeSlope);
    }

    /// <summary>Copies a map into channels <paramref name="firstChannel"/> and on of another of the same height and width.</summary>
    /// <param name="source">The map to copy.</param>
    /// <param name="sourceShape">Its shape.</param>
    /// <param name="output">The map that it becomes part of; its border is left as it is.</param>
    /// <param name="outputShape">The shape of that map.</param>
    /// <param name="firstChannel">Where it goes. A multiple of 16 copies whole pixels at a time.</param>
    /// <exception cref="ArgumentException">A buffer is too short, or the shapes don't fit.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Concatenate(
        ArenaBuffer source, FeatureMapShape sourceShape, ArenaBuffer output, FeatureMapShape outputShape, int firstChannel)
    {
        if (sourceShape.Height != outputShape.Height || sourceShape.Width != outputShape.Width
            || firstChannel < 0 || firstChannel + sourceShape.Channels > outputShape.Channels)
        {
            throw new ArgumentException($"{sourceShape} does not fit into {outputShape} from channel {firstChannel} on.");
        }

        float* x = source.Require(sourceShape.Length) + sourceShape.Origin;
        float* y = output.Require(outputShape.Length) + outputShape.Origin;
        int block = FeatureMapLayout.ChannelsPerBlock;
        for (int channel = 0, run; channel < sourceShape.Channels; channel += run)
        {
            // The channels that are side by side in both maps.
            int to = firstChannel + channel;
            run = Math.Min(sourceShape.Channels - channel, block - Math.Max(channel % block, to % block));
            float* from = x + (channel / block * sourceShape.Plane) + (channel % block);
            float* into = y + (to / block * outputShape.Plane) + (to % block);
            for (int row = 0; row < sourceShape.Height; row++, from += sourceShape.Pitch, into += outputShape.Pitch)
            {
                for (int at = 0; at < sourceShape.Width * block; at += block)
                {
                    new ReadOnlySpan<float>(from + at, run).CopyTo(new Span<float>(into + at, run));
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Activate<TSimd, TVector>(float* map, FeatureMapShape shape, Activation activation, float negativeSlope)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        for (int block = 0; block < shape.Blocks; block++)
        {
            for (int row = 0; row < shape.Height; row++)
            {
                float* at = map + (block * shape.Plane) + (row * shape.Pitch);
                Activate<TSimd, TVector>(at, shape.Width * FeatureMapLayout.ChannelsPerBlock, activation, negativeSlope);
            }
        }
    }

    // One branch per row: within it the kind is a constant.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Activate<TSimd, TVector>(float* row, int length, Activation activation, float negativeSlope)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        switch (activation)
        {
            case Activation.Relu:
                Each<TSimd, TVector>(row, length, Activation.Relu, 0);
                break;
            case Activation.Relu6:
                Each<TSimd, TVector>(row, length, Activation.Relu6, 0);
                break;
            case Activation.LeakyRelu:
                Each<TSimd, TVector>(row, length, Activation.LeakyRelu, negativeSlope);
                break;
            case Activation.Hardswish:
                Each<TSimd, TVector>(row, length, Activation.Hardswish, 0);
                break;
            case Activation.Hardsigmoid:
                Each<TSimd, TVector>(row, length, Activation.Hardsigmoid, 0);
                break;
            case Activation.Sigmoid:
                Each<TSimd, TVector>(row, length, Activation.Sigmoid, 0);
                break;
            case Activation.Silu:
                Each<TSimd, TVector>(row, length, Activation.Silu, 0);
                break;
            case Activation.Tanh:
                Each<TSimd, TVector>(row, length, Activation.Tanh, 0);
                break;
            case Activation.Gelu:
                Each<TSimd, TVector>(row, length, Activation.Gelu, 0);
                break;
            case Activation.GeluTanh:
                Each<TSimd, TVector>(row, length, Activation.GeluTanh, 0);
                break;
            case Activation.Elu:
                Each<TSimd, TVector>(row, length, Activation.Elu, negativeSlope);
                break;
            case Activation.Celu:
                Each<TSimd, TVector>(row, length, Activation.Celu, negativeSlope);
                break;
            case Activation.Hardshrink:
                Each<TSimd, TVector>(row, length, Activation.Hardshrink, negativeSlope);
                break;
            case Activation.Softshrink:
                Each<TSimd, TVector>(row, length, Activation.Softshrink, negativeSlope);
                break;
            case Activation.Selu:
                Each<TSimd, TVector>(row, length, Activation.Selu, 0);
                break;
            case Activation.Softplus:
                Each<TSimd, TVector>(row, length, Activation.Softplus, 0);
                break;
            case Activation.LogSigmoid:
                Each<TSimd, TVector>(row, length, Activation.LogSigmoid, 0);
                break;
            case Activation.Mish:
                Each<TSimd, TVector>(row, length, Activation.Mish, 0);
                break;
            case Activation.Softsign:
                Each<TSimd, TVector>(row, length, Activation.Softsign, 0);
                break;
            case Activation.Tanhshrink:
                Each<TSimd, TVector>(row, length, Activation.Tanhshrink, 0);
                break;
            case Activation.Hardtanh:
                Each<TSimd, TVector>(row, length, Activation.Hardtanh, 0);
                break;
            default:
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Each<TSimd, TVector>(float* row, int length, Activation activation, float negativeSlope)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        for (int at = 0; at < length; at += TSimd.Lanes)
        {
            TSimd.Store(ActivationKernel.Apply<TSimd, TVector>(activation, negativeSlope, TSimd.Load(row + at)), row + at);
        }
    }
}
