using EarlyExitGen.Cpu.Convolution;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Pooling;
using static TorchSharp.torch;

namespace EarlyExitGen.TorchRuntime;

/// <summary>A convolution over maps of one size, and what follows it, by our own kernel on the CPU.</summary>
/// <remarks>
/// Owns the packed weight. Thread-safe until <see cref="Dispose"/>. Tensors are read and written through their memory, which lies in one of
/// two layouts without gaps: that is checked first.
/// </remarks>
internal sealed unsafe class DirectMapConvolution : IDisposable
{
    private const sbyte Float32 = (sbyte)ScalarType.Float32;
    private const int Cpu = (int)TorchSharp.DeviceType.CPU;
    private const int LongestSample = int.MaxValue / 64;
    private const long MostPadding = 1 << 15;

    private readonly MapConvolutionShape shape;
    private readonly MapConvolution kernel;
    private readonly Arena arena;
    private readonly ArenaBuffer packed;

    private DirectMapConvolution(MapConvolutionShape shape, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias)
    {
        this.shape = shape;
        kernel = new MapConvolution(shape);
        arena = new Arena(kernel.PackedLength);
        packed = arena.Take(kernel.PackedLength);
        kernel.Pack(weight, bias, packed);
    }

    /// <summary>Packs a layer's weight.</summary>
    /// <param name="layer">Its weight and bias.</param>
    /// <param name="weight">The weight: [K, C / groups, kernel, kernel].</param>
    /// <param name="input">[C, H, W].</param>
    /// <param name="stride">Rows, columns.</param>
    /// <param name="padding">Rows, columns.</param>
    /// <param name="dilation">Rows, columns.</param>
    /// <param name="groups">Into how many groups the channels are split.</param>
    /// <param name="tail">What follows; null for nothing.</param>
    /// <returns>Null where there is no kernel: for groups of several channels, and what libtorch refuses.</returns>
    public static DirectMapConvolution? TryCreate(
        FrozenLayer layer,
        Tensor weight,
        ReadOnlySpan<long> input,
        ReadOnlySpan<long> stride,
        ReadOnlySpan<long> padding,
        ReadOnlySpan<long> dilation,
        long groups,
        LayerTail? tail)
    {
        long outputs = weight.size(0);
        bool isDepthwise = groups > 1 && groups == input[0] && groups == outputs;
        if ((groups != 1 && !isDepthwise) || tail is { Adds: true, Pools: true }) return null;
        if (weight.size(1) != input[0] / groups || weight.numel() > LongestSample) return null;
        if (Math.Min(stride[0], stride[1]) < 1 || Math.Min(dilation[0], dilation[1]) < 1 || Math.Min(padding[0], padding[1]) < 0) return null;
        if (Math.Max(padding[0], padding[1]) > MostPadding || !IsShort(input[0], input[1] + (2 * padding[0]), input[2] + (2 * padding[1]))) return null;
        if (!IsShort(stride[0], stride[1], 1) || !IsShort(dilation[0], dilation[1], weight.size(2) * weight.size(3))) return null;
        MapConvolutionShape shape = new(
            (int)input[0], (int)input[1], (int)input[2], (int)outputs, (int)weight.size(2), (int)weight.size(3), (int)stride[0],
            (int)stride[1], (int)padding[0], (int)padding[1], (int)dilation[0], (int)dilation[1], isDepthwise);
        if (shape.Height < 1 || shape.Width < 1 || !IsShort(outputs, shape.Height, shape.Width)) return null;
        if (tail is not null)
        {
            MapPoolShape? pool = tail.PoolOf(shape.Height, shape.Width);
            if (tail.Pools && pool is null) return null;
            shape = shape with { Activation = tail.Activation, Pool = pool, HasResidual = tail.Adds };
        }

        ReadOnlySpan<float> bias = layer.Bias == 0 ? [] : new(LibTorchSharp.Data(layer.Bias), (int)outputs);
        return new DirectMapConvolution(shape, new(LibTorchSharp.Data(layer.Weight), (int)weight.numel()), bias);
    }

    /// <summary>Computes it, where the tensors lie as it needs; what is wrong with them, libtorch says.</summary>
    /// <param name="input">[N, C, H, W], in either layout.</param>
    /// <param name="addend">[N, K, H, W] of the output, with its channels last; 0 for none.</param>
    /// <param name="rows">Which of the input's samples, each of which is there; empty for all.</param>
    /// <param name="pool">Where the result comes from; null for a new tensor.</param>
    /// <returns>A tensor with its channels last, or 0.</returns>
    public nint TryRun(nint input, nint addend, ReadOnlySpan<long> rows = default, TensorPool? pool = null)
    {
        if (addend != 0 != shape.HasResidual || !IsMap(input, shape.InputChannels, shape.InputHeight, shape.InputWidth)) return 0;
        long stored = LibTorchSharp.Size(input, 0);
        if (stored < 1 || stored * Math.Max(shape.InputLength, shape.OutputLength) > int.MaxValue) return 0;
        bool isPlanar = MapLayout.IsPlanar(input);
        if (!isPlanar && !MapLayout.HasChannelsLast(input, shape.InputChannels, shape.InputHeight, shape.InputWidth)) return 0;

        long samples = rows.IsEmpty ? stored : rows.Length;
        long channels = shape.OutputChannels;
        long height = shape.OutputHeight;
        long width = shape.OutputWidth;
        int length = (int)samples * shape.OutputLength;
        ReadOnlySpan<float> residual = [];
        if (shape.HasResidual)
        {
            if (!IsMap(addend, channels, height, width) || LibTorchSharp.Size(addend, 0) != samples) return 0;
            if (!MapLayout.HasChannelsLast(addend, channels, height, width)) return 0;
            residual = new(LibTorchSharp.Data(addend), length);
        }

        long* sizes = stackalloc long[] { samples, channels, height, width };
        long* strides = stackalloc long[] { channels * height * width, 1, channels * width, channels };
        nint result = TensorPool.Take(pool, sizes, strides, dimensions: 4);
        try
        {
            ReadOnlySpan<float> from = new(LibTorchSharp.Data(input), (int)stored * shape.InputLength);
            kernel.Run(from, isPlanar, packed, residual, new(LibTorchSharp.Data(result), length), (int)samples, rows);
            return result;
        }
        catch
        {
            TensorPool.Drop(pool, result);
            throw;
        }
    }

    public void Dispose() => arena.Dispose();

    // Each factor first, so that the product can't pass what a number holds.
    private static bool IsShort(long first, long second, long third) =>
        first is > 0 and <= LongestSample && second is > 0 and <= LongestSample && third is > 0 and <= LongestSample
        && first * second <= LongestSample && first * second * third <= LongestSample;

    private static bool IsMap(nint tensor, long channels, long height, long width) =>
        LibTorchSharp.Dimensions(tensor) == 4
        && LibTorchSharp.Size(tensor, 1) == channels
        && LibTorchSharp.Size(tensor, 2) == height
        && LibTorchSharp.Size(tensor, 3) == width
        && LibTorchSharp.ElementType(tensor) == Float32
        && LibTorchSharp.DeviceType(tensor) == Cpu;
}
