using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using EarlyExitGen.Cpu.Activations;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Convolution;

/// <summary>
/// A 2D convolution with bias, residual, ReLU or ReLU6 and max-pool over maps that have a pixel's channels side by side, as tensor
/// libraries have them, of sizes that are known when it runs: <see cref="Convolution2d"/> is for sizes known when it is compiled. Differs
/// from float64 by less than 2⁻²⁴·(4 + √terms) of the largest output; NaN stays NaN.
/// </summary>
/// <remarks>
/// Packed: <c>[bias, 16·⌈K / 16⌉]</c>, then <c>[16 output channels][ky][kx][input channel][16]</c>. Thread-safe on different outputs.
/// Allocates no managed memory, but native memory for some rows of the maps.
/// </remarks>
internal static unsafe class MapConvolution
{
    private const int Block = FeatureMapLayout.ChannelsPerBlock;

    /// <summary>Arranges a layer's weights.</summary>
    /// <param name="shape">The layer.</param>
    /// <param name="weight">[output channels, input channels or 1, kernel height, kernel width].</param>
    /// <param name="bias">[output channels], or empty for none.</param>
    /// <param name="packed">At least <see cref="MapConvolutionShape.PackedLength"/> floats.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public static void Pack(in MapConvolutionShape shape, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, ArenaBuffer packed)
    {
        int taps = shape.KernelHeight * shape.KernelWidth;
        int inputs = shape.InputsPerOutput;
        Require(weight.Length, checked(shape.OutputChannels * inputs * taps), "weights");
        if (!bias.IsEmpty) Require(bias.Length, shape.OutputChannels, "biases");
        Span<float> destination = new(packed.Require(shape.PackedLength), shape.PackedLength);
        destination.Clear();
        bias.CopyTo(destination);
        Span<float> blocks = destination[shape.PaddedChannels..];
        for (int output = 0; output < shape.OutputChannels; output++)
        {
            Span<float> lane = blocks[((output / Block * shape.BlockLength) + (output % Block))..];
            ReadOnlySpan<float> filter = weight.Slice(output * inputs * taps, inputs * taps);
            for (int input = 0; input < inputs; input++)
            {
                for (int tap = 0; tap < taps; tap++) lane[((tap * inputs) + input) * Block] = filter[(input * taps) + tap];
            }
        }
    }

    /// <summary>Computes the layer of each sample. The output must not overlap what is read.</summary>
    /// <param name="shape">The layer.</param>
    /// <param name="input">[samples, H, W, C], or [samples, C, H, W] where <paramref name="isPlanar"/>.</param>
    /// <param name="isPlanar">Whether the input lies channel by channel.</param>
    /// <param name="packed">What <see cref="Pack"/> made.</param>
    /// <param name="residual">[samples, H, W, K] of the output, which is added before the activation; empty for none.</param>
    /// <param name="output">[samples, H, W, K].</param>
    /// <param name="samples">How many.</param>
    /// <exception cref="ArgumentException">A length is wrong, or the layer is not one that can be computed.</exception>
    /// <exception cref="OutOfMemoryException">There is no room for the rows.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(
        in MapConvolutionShape shape, ReadOnlySpan<float> input, bool isPlanar, ArenaBuffer packed, ReadOnlySpan<float> residual,
        Span<float> output, int samples)
    {
        Require(input.Length, checked(samples * shape.InputLength), "inputs");
        Require(output.Length, checked(samples * shape.OutputLength), "outputs");
        if (!residual.IsEmpty) Require(residual.Length, output.Length, "residuals");
        if (!ActivationKernel.IsClamp(shape.Activation) || (shape.Pool is not null && !residual.IsEmpty) || shape.OutputLength == 0
            || (shape.IsDepthwise && shape.InputChannels != shape.OutputChannels))
        {
            throw new ArgumentException($"There is no kernel for {shape}, residual: {!residual.IsEmpty}.", nameof(shape));
        }

        float* weights = packed.Require(shape.PackedLength);
        fixed (float* x = input, y = output, added = residual)
        {
            if (Vector512.IsHardwareAccelerated) run<Simd512, Vector512<float>>(shape, x, added, y);
            else if (Vector256.IsHardwareAccelerated) run<Simd256, Vector256<float>>(shape, x, added, y);
            else run<Simd128, Vector128<float>>(shape, x, added, y);
        }

        void run<TSimd, TVector>(in MapConvolutionShape shape, float* x, float* added, float* y)
            where TSimd : struct, ISimd<TVector>
            where TVector : struct => MapRows<TSimd, TVector>.Run(shape, x, isPlanar, weights, added, y, samples);
    }

    private static void Require(int found, int expected, string what)
    {
        if (found != expected) throw new ArgumentException($"Expected {expected} {what}, found {found}.");
    }
}
