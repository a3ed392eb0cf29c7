namespace EarlyExitGen.Cpu.Convolution;

/// <summary>
/// Chooses a convolution's algorithm from its shape alone, by estimated cycles of a core with 512-bit vectors. A pure function, in
/// plain C# without vectors, so that the generator can compile this very file and decide while it builds.
/// </summary>
public static class ConvolutionPlanner
{
    private const int Lanes = 16;

    // Its rounding error grows with the root of the channels: random layers of 128 went past 1e-5 of the largest output.
    private const int MostInputsOfWinograd4x4 = 64;

    // Bytes that a core takes from each level per cycle, and the sizes of the caches of a small server or laptop core.
    private const double SecondLevelBytesPerCycle = 32;
    private const double ThirdLevelBytesPerCycle = 10;
    private const double MemoryBytesPerCycle = 5;
    private const double SecondLevelBytes = 1 << 20;
    private const double ThirdLevelBytes = 16 << 20;

    /// <summary>The fastest algorithm that computes the layer.</summary>
    /// <param name="inputChannels">Channels of the input.</param>
    /// <param name="outputChannels">Channels of the output.</param>
    /// <param name="outputHeight">Rows of the convolution, before pooling.</param>
    /// <param name="outputWidth">Columns of the convolution, before pooling.</param>
    /// <param name="kernelHeight">Rows of the kernel.</param>
    /// <param name="kernelWidth">Columns of the kernel.</param>
    /// <param name="isDense">Whether all strides, dilations and groups are 1.</param>
    /// <param name="groups">Groups of channels.</param>
    /// <param name="inputIsPlanar">Whether the input is planar.</param>
    /// <param name="pools">Whether a 2×2 max-pool is part of the layer.</param>
    public static ConvolutionAlgorithm Choose(
        int inputChannels, int outputChannels, int outputHeight, int outputWidth, int kernelHeight, int kernelWidth,
        bool isDense, int groups, bool inputIsPlanar, bool pools)
    {
        if (inputIsPlanar) return ConvolutionAlgorithm.Direct;
        if (groups > 1 && groups == inputChannels && groups == outputChannels) return ConvolutionAlgorithm.Depthwise;
        if (!isDense || groups != 1 || kernelHeight != 3 || kernelWidth != 3) return ConvolutionAlgorithm.Direct;

        int height = pools ? outputHeight / 2 * 2 : outputHeight;
        int width = pools ? outputWidth / 2 * 2 : outputWidth;
        ConvolutionAlgorithm best = ConvolutionAlgorithm.Direct;
        double fewest = DirectCycles(inputChannels, outputChannels, height, width, 9);
        foreach (int tile in new[] { 2, 4 })
        {
            if (height < tile || width < tile) continue;
            if (tile == 4 && inputChannels > MostInputsOfWinograd4x4) continue;
            double cycles = WinogradCycles(inputChannels, outputChannels, height, width, tile);
            if (cycles >= fewest) continue;
            fewest = cycles;
            best = tile == 2 ? ConvolutionAlgorithm.Winograd2x2 : ConvolutionAlgorithm.Winograd4x4;
        }

        return best;
    }

    /// <summary>Cycles of the direct algorithm: a multiply-add per tap, input channel and vector of output channels.</summary>
    public static double DirectCycles(int inputChannels, int outputChannels, int outputHeight, int outputWidth, int taps)
    {
        double multiplyAdds = (double)outputHeight * outputWidth * taps * inputChannels * Blocks(outputChannels);
        return Math.Max(multiplyAdds, WeightCycles((double)taps * inputChannels * Blocks(outputChannels) * Lanes * sizeof(float)));
    }

    /// <summary>Cycles of Winograd's algorithm: the products, the two transforms' loads and stores, and the filters' way in.</summary>
    public static double WinogradCycles(int inputChannels, int outputChannels, int outputHeight, int outputWidth, int tile)
    {
        int positions = (tile + 2) * (tile + 2);
        double tiles = Math.Ceiling((double)outputHeight / tile) * Math.Ceiling((double)outputWidth / tile);
        double products = WholeRegisterTiles(tiles) * positions * inputChannels * Blocks(outputChannels);

        // Each transform stores its intermediate and its result, two cycles a vector.
        double transforms = tiles * 4 * positions * (Blocks(inputChannels) + Blocks(outputChannels));
        double filters = WeightCycles((double)positions * inputChannels * Blocks(outputChannels) * Lanes * sizeof(float));
        return Math.Max(products, filters) + transforms;
    }

    // Winograd's tiles go through registers up to eight at a time; what is left of the last eight is computed twice.
    private static double WholeRegisterTiles(double tiles)
    {
        int together = tiles switch
        {
            >= 8 => 8,
            >= 6 => (int)tiles,
            >= 4 => 4,
            >= 2 => 2,
            _ => 1,
        };
        return Math.Ceiling(tiles / together) * together;
    }

    private static int Blocks(int channels) => (channels + Lanes - 1) / Lanes;

    private static double WeightCycles(double bytes) => bytes / (bytes <= SecondLevelBytes
        ? SecondLevelBytesPerCycle
        : bytes <= ThirdLevelBytes ? ThirdLevelBytesPerCycle : MemoryBytesPerCycle);
}
