using EarlyExitGen.Cpu.Pooling;
using TorchSharp;

namespace EarlyExitGen.TorchRuntime;

/// <summary>
/// Pooling of maps on the CPU without libtorch, whose max pooling also finds the place of each maximum, value by value.
/// </summary>
/// <remarks>Tensors are read and written through their memory, which lies in one of two layouts without gaps: that is checked first.</remarks>
internal static unsafe class MapPooling
{
    // Ours runs on one thread: three to fifteen times as fast as libtorch's on one, which has no chance below as many.
    private const int MostThreads = 3;
    private const sbyte Float32 = (sbyte)torch.ScalarType.Float32;

    /// <summary>Pools, by libtorch where this can't.</summary>
    /// <returns>A new tensor.</returns>
    public static nint Run(
        nint input,
        ReadOnlySpan<long> kernel,
        ReadOnlySpan<long> stride,
        ReadOnlySpan<long> padding,
        ReadOnlySpan<long> dilation,
        bool ceilMode)
    {
        nint result = TryRun(input, kernel, stride, padding, dilation, ceilMode);
        return result != 0 ? result : RunByLibTorch(input, kernel, stride, padding, dilation, ceilMode);
    }

    /// <summary>Pools by libtorch.</summary>
    /// <returns>A new tensor.</returns>
    public static nint RunByLibTorch(
        nint input,
        ReadOnlySpan<long> kernel,
        ReadOnlySpan<long> stride,
        ReadOnlySpan<long> padding,
        ReadOnlySpan<long> dilation,
        bool ceilMode)
    {
        fixed (long* k = kernel, s = stride, p = padding, d = dilation)
        {
            return NativeError.Check(LibTorchSharp.MaxPool2d(
                input, k, kernel.Length, s, stride.Length, p, padding.Length, d, dilation.Length, ceilMode ? (byte)1 : (byte)0));
        }
    }

    /// <summary>Keeps the largest, where it can; what is wrong with a tensor, libtorch says.</summary>
    /// <returns>A new tensor in the layout of the input, or 0.</returns>
    public static nint TryRun(
        nint input,
        ReadOnlySpan<long> kernel,
        ReadOnlySpan<long> stride,
        ReadOnlySpan<long> padding,
        ReadOnlySpan<long> dilation,
        bool ceilMode)
    {
        if (!IsMap(input) || ShapeOf(input, kernel, stride, padding, dilation, ceilMode) is not { } shape) return 0;
        int samples = (int)LibTorchSharp.Size(input, 0);
        int channels = (int)LibTorchSharp.Size(input, 1);
        if (!MapLayout.IsPlanar(input))
        {
            return MapLayout.HasChannelsLast(input, channels, shape.InputHeight, shape.InputWidth)
                ? Pool(input, samples, channels, shape, PoolingKind.Max)
                : 0;
        }

        if (shape.InputWidth > PlaneMaxPool.WidestMap) return 0;
        nint result = NewMap(samples, channels, shape, isPlanar: true);
        PlaneMaxPool.Run(From(input, samples * channels, shape), To(result, samples * channels, shape), samples * channels, shape);
        return result;
    }

    /// <summary>Averages maps with their channels last, where it can; what is wrong with a tensor, libtorch says.</summary>
    /// <returns>A tensor with its channels last, from the pool if there is one, or 0.</returns>
    public static nint TryAverage(
        nint input,
        ReadOnlySpan<long> kernel,
        ReadOnlySpan<long> stride,
        ReadOnlySpan<long> padding,
        bool ceilMode,
        bool countIncludePad,
        long divisor,
        TensorPool? pool = null)
    {
        if (!IsMap(input) || divisor is < 0 or > int.MaxValue) return 0;
        if (ShapeOf(input, kernel, stride, padding, dilation: [1, 1], ceilMode) is not { } shape) return 0;
        int samples = (int)LibTorchSharp.Size(input, 0);
        int channels = (int)LibTorchSharp.Size(input, 1);
        if (MapLayout.IsPlanar(input) || !MapLayout.HasChannelsLast(input, channels, shape.InputHeight, shape.InputWidth)) return 0;
        return Pool(
            input, samples, channels, shape, countIncludePad ? PoolingKind.AverageWithPadding : PoolingKind.AverageWithoutPadding, (int)divisor, pool);
    }

    /// <summary>The pooling of maps of a size; null for what libtorch refuses, or what is too large.</summary>
    public static MapPoolShape? ShapeOf(
        long height,
        long width,
        ReadOnlySpan<long> kernel,
        ReadOnlySpan<long> stride,
        ReadOnlySpan<long> padding,
        ReadOnlySpan<long> dilation,
        bool ceilMode)
    {
        long rows = OutputSize(height, kernel[0], stride[0], padding[0], dilation[0], ceilMode);
        long columns = OutputSize(width, kernel[1], stride[1], padding[1], dilation[1], ceilMode);
        if (rows <= 0 || columns <= 0 || Math.Max(height * width, rows * columns) > int.MaxValue) return null;
        return new MapPoolShape(
            (int)height, (int)width, (int)rows, (int)columns, (int)kernel[0], (int)kernel[1], (int)stride[0], (int)stride[1],
            (int)padding[0], (int)padding[1], (int)dilation[0], (int)dilation[1]);
    }

    private static nint Pool(
        nint input, int samples, int channels, in MapPoolShape shape, PoolingKind kind, int divisor = 0, TensorPool? pool = null)
    {
        nint result = NewMap(samples, channels, shape, isPlanar: false, pool);
        try
        {
            PixelPool.Run(
                From(input, samples * channels, shape), To(result, samples * channels, shape), samples, channels, shape, kind, divisor);
            return result;
        }
        catch
        {
            TensorPool.Drop(pool, result);
            throw;
        }
    }

    private static bool IsMap(nint input) =>
        LibTorchSharp.Dimensions(input) == 4
        && LibTorchSharp.ElementType(input) == Float32
        && LibTorchSharp.DeviceType(input) == (int)DeviceType.CPU
        && LibTorchSharp.Threads() <= MostThreads;

    private static MapPoolShape? ShapeOf(
        nint input,
        ReadOnlySpan<long> kernel,
        ReadOnlySpan<long> stride,
        ReadOnlySpan<long> padding,
        ReadOnlySpan<long> dilation,
        bool ceilMode)
    {
        long planes = LibTorchSharp.Size(input, 0) * LibTorchSharp.Size(input, 1);
        MapPoolShape? shape = ShapeOf(LibTorchSharp.Size(input, 2), LibTorchSharp.Size(input, 3), kernel, stride, padding, dilation, ceilMode);
        return planes > 0 && shape is { } known && planes * Math.Max(known.InputPlane, known.OutputPlane) <= int.MaxValue ? shape : null;
    }

    private static ReadOnlySpan<float> From(nint input, int planes, in MapPoolShape shape) =>
        new(LibTorchSharp.Data(input), planes * shape.InputPlane);

    private static Span<float> To(nint output, int planes, in MapPoolShape shape) => new(LibTorchSharp.Data(output), planes * shape.OutputPlane);

    private static nint NewMap(long samples, long channels, in MapPoolShape shape, bool isPlanar, TensorPool? pool = null)
    {
        long rows = shape.OutputHeight;
        long columns = shape.OutputWidth;
        long* sizes = stackalloc long[] { samples, channels, rows, columns };
        long pixel = isPlanar ? 1 : channels;
        long* strides = stackalloc long[] { channels * rows * columns, isPlanar ? rows * columns : 1, columns * pixel, pixel };
        return TensorPool.Take(pool, sizes, strides, dimensions: 4);
    }

    /// <summary>As libtorch counts; 0 for what it refuses.</summary>
    private static long OutputSize(long input, long kernel, long stride, long padding, long dilation, bool ceilMode)
    {
        if (padding > kernel / 2) return 0;
        long room = input + (2 * padding) - (dilation * (kernel - 1)) - 1;
        if (room < 0) return 0;
        long output = ((room + (ceilMode ? stride - 1 : 0)) / stride) + 1;

        // The last window must begin in the map or in the padding before it.
        return ceilMode && (output - 1) * stride >= input + padding ? output - 1 : output;
    }
}
