namespace EarlyExitGen.TorchRuntime;

/// <summary>
/// How a frozen convolution runs, chosen by what all of the network's convolutions measured when it was frozen. Immutable and thread-safe.
/// </summary>
/// <param name="Path">The layer's path in the state dictionary.</param>
/// <param name="OneRow">For calls with one input.</param>
/// <param name="Batch">For calls with several.</param>
public sealed record ConvolutionRoute(string Path, ConvolutionTiming OneRow, ConvolutionTiming Batch);

/// <summary>
/// What each way took at one size, with the residual, pooling and activation that are part of the operation, in microseconds, the shortest
/// time of several, and which is taken.
/// </summary>
/// <param name="Rows">How many rows the measured input had.</param>
/// <param name="Ordinary">Maps channel by channel, as the module itself computes.</param>
/// <param name="ChannelsLast">Maps pixel by pixel; NaN where that does not answer the same.</param>
/// <param name="Packed">Also with the weight packed; NaN where libtorch can't, or it does not answer the same.</param>
/// <param name="Direct">By this library's own kernel; NaN where there is none for the layer, or it does not answer the same.</param>
/// <param name="Way">
/// The way taken. The network's layers keep their maps in one layout: the one that is faster for all of them together.
/// </param>
public sealed record ConvolutionTiming(int Rows, double Ordinary, double ChannelsLast, double Packed, double Direct, ConvolutionWay Way)
{
    /// <summary>What the fastest way over maps with their channels last takes; NaN where no way over them answers the same.</summary>
    internal double ShortestChannelsLast =>
        new[] { ChannelsLast, Packed, Direct }.Where(time => !double.IsNaN(time)).DefaultIfEmpty(double.NaN).Min();

    /// <summary>The fastest of those ways.</summary>
    internal ConvolutionWay FastestChannelsLast => Direct == ShortestChannelsLast ? ConvolutionWay.Direct
        : Packed == ShortestChannelsLast ? ConvolutionWay.Packed
        : ConvolutionWay.ChannelsLast;
}

/// <summary>How a convolution runs.</summary>
public enum ConvolutionWay
{
    /// <summary>Over maps in the layout that they come in.</summary>
    Ordinary,

    /// <summary>Over maps that have a pixel's channels side by side.</summary>
    ChannelsLast,

    /// <summary>The same, by libtorch's packed CPU kernels.</summary>
    Packed,

    /// <summary>
    /// Over the same maps, by this library's own kernel, which does the residual, pooling and activation that follow in the same pass.
    /// </summary>
    Direct,
}
