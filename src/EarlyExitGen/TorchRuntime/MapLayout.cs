namespace EarlyExitGen.TorchRuntime;

/// <summary>How a tensor of maps, [N, C, H, W], lies in memory.</summary>
internal static unsafe class MapLayout
{
    /// <summary>Channel by channel, without gaps.</summary>
    public static bool IsPlanar(nint tensor) => LibTorchSharp.IsContiguous(tensor) != 0;

    /// <summary>With a pixel's channels side by side, without gaps. Where there is one of something, its stride says nothing.</summary>
    public static bool HasChannelsLast(nint tensor, long channels, long height, long width) =>
        (channels == 1 || LibTorchSharp.Stride(tensor, 1) == 1)
        && (width == 1 || LibTorchSharp.Stride(tensor, 3) == channels)
        && (height == 1 || LibTorchSharp.Stride(tensor, 2) == channels * width)
        && (LibTorchSharp.Size(tensor, 0) == 1 || LibTorchSharp.Stride(tensor, 0) == channels * width * height);
}
