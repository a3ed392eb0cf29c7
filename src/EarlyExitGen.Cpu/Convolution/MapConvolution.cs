using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using EarlyExitGen.Cpu.Activations;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Convolution;

/// <summary>
/// A 2D convolution with bias, residual, ReLU or ReLU6 and max-pool over maps that have a pixel's channels side by side, as tensor
/// libraries have them, of sizes that are known when it runs: <see cref="Convolution2d"/> is for sizes known when it is compiled. Differs
/// from float64 by less than 2⁻²⁴·(4 + √terms) of the largest sum of terms without their signs; NaN stays NaN.
/// </summary>
/// <remarks>
/// Packed: <c>[bias, 16·⌈K / 16⌉]</c>, then <c>[16 output channels][ky][kx][input channel][16]</c>, unless vectors are of pixels: see
/// <see cref="PixelVectors"/>. Immutable; thread-safe on different outputs. Allocates no managed memory: what it needs for some rows of
/// the maps, the thread keeps.
/// </remarks>
internal sealed unsafe class MapConvolution
{
    private const int Block = FeatureMapLayout.ChannelsPerBlock;

    private readonly MapConvolutionShape shape;
    private readonly MapPlan ofPlanes;
    private readonly MapPlan ofPixels;

    /// <param name="shape">The layer.</param>
    /// <exception cref="ArgumentException">There is no kernel for it.</exception>
    public MapConvolution(in MapConvolutionShape shape)
    {
        if (!ActivationKernel.IsClamp(shape.Activation) || (shape.Pool is not null && shape.HasResidual) || shape.OutputLength == 0
            || (shape.IsDepthwise && shape.InputChannels != shape.OutputChannels))
        {
            throw new ArgumentException($"There is no kernel for {shape}.", nameof(shape));
        }

        this.shape = shape;
        ofPlanes = new MapPlan(shape, isPlanar: true);
        ofPixels = new MapPlan(shape, isPlanar: false);
    }

    /// <summary>The floats that the packed weights and biases take.</summary>
    public int PackedLength => ofPixels.HasPixelVectors
        ? PixelVectors.PackedLength(shape)
        : checked(shape.PaddedChannels + (shape.PaddedChannels / Block * shape.BlockLength));

    /// <summary>Arranges the layer's weights.</summary>
    /// <param name="weight">[output channels, input channels or 1, kernel height, kernel width].</param>
    /// <param name="bias">[output channels], or empty for none.</param>
    /// <param name="packed">At least <see cref="PackedLength"/> floats.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public void Pack(ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, ArenaBuffer packed)
    {
        Require(weight.Length, checked(shape.OutputChannels * shape.InputsPerOutput * shape.KernelHeight * shape.KernelWidth), "weights");
        if (!bias.IsEmpty) Require(bias.Length, shape.OutputChannels, "biases");
        Span<float> destination = new(packed.Require(PackedLength), PackedLength);
        destination.Clear();
        if (ofPixels.HasPixelVectors) PixelVectors.Pack(shape, weight, bias, destination);
        else PackChannels(shape, weight, bias, destination);
    }

    /// <summary>Computes the layer of each sample. The output must not overlap what is read.</summary>
    /// <param name="input">[samples, H, W, C], or [samples, C, H, W] where <paramref name="isPlanar"/>.</param>
    /// <param name="isPlanar">Whether the input lies channel by channel.</param>
    /// <param name="packed">What <see cref="Pack"/> made.</param>
    /// <param name="residual">[samples, H, W, K] of the output, which is added before the activation; empty for none.</param>
    /// <param name="output">[samples, H, W, K].</param>
    /// <param name="samples">How many.</param>
    /// <param name="selection">The place in the input of each; empty where it has these samples and no other.</param>
    /// <exception cref="ArgumentException">A length is wrong, or a place is not in the input.</exception>
    /// <exception cref="OutOfMemoryException">There is no room for the rows.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(
        ReadOnlySpan<float> input,
        bool isPlanar,
        ArenaBuffer packed,
        ReadOnlySpan<float> residual,
        Span<float> output,
        int samples,
        ReadOnlySpan<long> selection = default)
    {
        RowSelection.Require(selection, samples, input.Length, shape.InputLength);
        Require(output.Length, checked(samples * shape.OutputLength), "outputs");
        Require(residual.Length, shape.HasResidual ? output.Length : 0, "residuals");
        float* weights = packed.Require(PackedLength);
        fixed (float* x = input, y = output, added = residual)
        fixed (long* places = selection)
        {
            MapPlan plan = isPlanar ? ofPlanes : ofPixels;
            if (Vector512.IsHardwareAccelerated) MapRows<Simd512, Vector512<float>>.Run(shape, plan, x, places, weights, added, y, samples);
            else if (Vector256.IsHardwareAccelerated) MapRows<Simd256, Vector256<float>>.Run(shape, plan, x, places, weights, added, y, samples);
            else MapRows<Simd128, Vector128<float>>.Run(shape, plan, x, places, weights, added, y, samples);
        }
    }

    private static void PackChannels(in MapConvolutionShape shape, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, Span<float> packed)
    {
        int taps = shape.KernelHeight * shape.KernelWidth;
        int inputs = shape.InputsPerOutput;
        bias.CopyTo(packed);
        Span<float> blocks = packed[shape.PaddedChannels..];
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

    private static void Require(int found, int expected, string what)
    {
        if (found != expected) throw new ArgumentException($"Expected {expected} {what}, found {found}.");
    }
}
