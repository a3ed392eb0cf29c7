using System.Runtime.Intrinsics;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Convolution;

/// <summary>
/// How a convolution with few output channels is computed: the input is copied channel by channel, with its padding, so that the pixels of
/// a plane are one line, and a vector holds as many of them, across the ends of rows. What is computed at the padding, nobody reads.
/// </summary>
internal static class PixelVectors
{
    // Tiles have at least as many output channels.
    private const int FewestChannels = 4;

    private static int Lanes => Vector512.IsHardwareAccelerated ? Simd512.Lanes : Vector256.IsHardwareAccelerated ? Simd256.Lanes : Simd128.Lanes;

    private static int MostChannels =>
        Vector512.IsHardwareAccelerated ? Simd512.MostPixels : Vector256.IsHardwareAccelerated ? Simd256.MostPixels : Simd128.MostPixels;

    /// <summary>Whether that takes less work than vectors of output channels, of which the last block is filled up.</summary>
    /// <remarks>It doesn't depend on what follows the convolution.</remarks>
    public static bool Suit(in MapConvolutionShape shape)
    {
        if (shape.IsDepthwise || shape.StrideX != 1 || shape.StrideY != 1 || shape.KernelHeight * shape.KernelWidth == 1) return false;
        double terms = (double)shape.KernelHeight * shape.KernelWidth * shape.InputChannels;
        double ofChannels = terms * shape.Height * shape.Width * shape.PaddedChannels / Lanes;
        double ofPixels = terms * Vectors(Line(shape, shape.Height)) * TileChannels(shape) * Tiles(shape);
        double copying = shape.InputChannels == 1 ? 0 : (double)shape.InputChannels * shape.InputHeight * shape.InputWidth;

        // Measured. Of one vector of channels per pixel, multiply-adds wait for reads unless each value that is read goes into three sums.
        bool readsSeldom = shape.HasThreeTaps && RowPairs.Suit(shape.Height, shape.Width);
        double waiting = shape.PaddedChannels > Lanes ? 0.53 : readsSeldom ? 0.45 : 0.75;
        return (ofPixels * 0.7) + copying < ofChannels * waiting;
    }

    /// <summary>The floats that the packed weights and biases take.</summary>
    public static int PackedLength(in MapConvolutionShape shape) =>
        checked(Channels(shape) * (1 + (shape.KernelHeight * shape.KernelWidth * shape.InputChannels)));

    /// <summary>Output channels, filled up to what a tile needs at least.</summary>
    public static int Channels(in MapConvolutionShape shape) => Math.Max(FewestChannels, shape.OutputChannels);

    /// <summary>How many output channels a tile has.</summary>
    public static int TileChannels(in MapConvolutionShape shape) => (Channels(shape) + Tiles(shape) - 1) / Tiles(shape);

    /// <summary>Floats from one row to the next, of the copied input and of the sums.</summary>
    public static int Pitch(in MapConvolutionShape shape) => shape.InputWidth + (2 * shape.PaddingX);

    /// <summary>The sums from the first of these rows to the last, what lies between the rows included; whole tiles.</summary>
    public static int Sums(in MapConvolutionShape shape, int rows) => Vectors(Line(shape, rows)) * Lanes;

    /// <summary>Floats from one plane of the sums to the next: a vector more, which a row's last may reach into.</summary>
    public static int SumsPlane(in MapConvolutionShape shape, int rows) => Apart(Sums(shape, rows) + Pitch(shape) + Lanes);

    /// <summary>Floats from one plane of the copied input to the next: a tile more, which the last taps may reach into.</summary>
    public static int CopiedPlane(in MapConvolutionShape shape, int rows) => Apart((shape.InputRows(rows) * Pitch(shape)) + (2 * Lanes));

    /// <summary>Arranges a layer's weights: <c>[bias, K]</c>, then <c>[input channel][ky][kx][K]</c>.</summary>
    /// <param name="shape">The layer.</param>
    /// <param name="weight">[output channels, input channels, kernel height, kernel width].</param>
    /// <param name="bias">[output channels], or empty for none.</param>
    /// <param name="packed">What is zero so far.</param>
    public static void Pack(in MapConvolutionShape shape, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, Span<float> packed)
    {
        int channels = Channels(shape);
        int terms = weight.Length / shape.OutputChannels;
        bias.CopyTo(packed);
        for (int index = 0; index < weight.Length; index++) packed[channels + (index % terms * channels) + (index / terms)] = weight[index];
    }

    private static int Tiles(in MapConvolutionShape shape) => (Channels(shape) + MostChannels - 1) / MostChannels;

    private static int Line(in MapConvolutionShape shape, int rows) => ((rows - 1) * Pitch(shape)) + shape.Width;

    // A tile has two.
    private static int Vectors(int floats) => (floats + (2 * Lanes) - 1) / (2 * Lanes) * 2;

    // An odd number of cache lines, so that planes don't all fall into the same few sets of the cache.
    private static int Apart(int floats)
    {
        const int Line = 16;
        return (((floats + Line - 1) / Line) | 1) * Line;
    }
}
