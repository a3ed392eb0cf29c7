using System.Runtime.CompilerServices;

namespace EarlyExitGen.Cpu.Memory;

/// <summary>Copies between planar pixels, as they come from outside, and the maps that kernels work on. Never allocates.</summary>
public static class FeatureMap
{
    /// <summary>Copies planar pixels [C, H, W] into the interior of a planar map, for a first layer.</summary>
    /// <param name="source">C·H·W floats.</param>
    /// <param name="map">The map; its border is left as it is.</param>
    /// <param name="channels">C.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <param name="border">The map's border.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void LoadPlanar(ReadOnlySpan<float> source, ArenaBuffer map, int channels, int height, int width, int border = 0)
    {
        RequireLength(source.Length, channels, height, width);
        Span<float> destination = Require(map, FeatureMapLayout.PlanarLength(channels, height, width, border));
        int pitch = width + (2 * border);
        int plane = (height + (2 * border)) * pitch;
        for (int row = 0; row < channels * height; row++)
        {
            int at = (row / height * plane) + ((row % height + border) * pitch) + border;
            source.Slice(row * width, width).CopyTo(destination[at..]);
        }
    }

    /// <summary>Copies planar pixels [C, H, W] into the interior of a blocked map.</summary>
    /// <param name="source">C·H·W floats.</param>
    /// <param name="map">The map; its border and the lanes beyond C are left as they are.</param>
    /// <param name="channels">C.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <param name="border">The map's border.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void LoadBlocked(ReadOnlySpan<float> source, ArenaBuffer map, int channels, int height, int width, int border = 0)
    {
        RequireLength(source.Length, channels, height, width);
        Span<float> destination = Require(map, FeatureMapLayout.BlockedLength(channels, height, width, border));
        for (int channel = 0; channel < channels; channel++)
        {
            for (int row = 0; row < height; row++)
            {
                ReadOnlySpan<float> line = source.Slice(((channel * height) + row) * width, width);
                Span<float> interleaved = destination[BlockedOffset(channel, row, height, width, border)..];
                for (int column = 0; column < width; column++) interleaved[column * FeatureMapLayout.ChannelsPerBlock] = line[column];
            }
        }
    }

    /// <summary>Copies rows of features, one after the other, into rows that are each filled up to a multiple of 16.</summary>
    /// <param name="source">rows·features floats.</param>
    /// <param name="map">The rows; the lanes beyond the features are left as they are.</param>
    /// <param name="rows">How many.</param>
    /// <param name="features">Features of a row.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void LoadRows(ReadOnlySpan<float> source, ArenaBuffer map, int rows, int features)
    {
        RequireLength(source.Length, 1, rows, features);
        Span<float> destination = Require(map, FeatureMapLayout.BlockedLength(features, rows, 1));
        int pitch = destination.Length / rows;
        for (int row = 0; row < rows; row++) source.Slice(row * features, features).CopyTo(destination[(row * pitch)..]);
    }

    /// <summary>Copies the interior of a blocked map out to planar pixels [C, H, W].</summary>
    /// <param name="map">The map.</param>
    /// <param name="destination">C·H·W floats.</param>
    /// <param name="channels">C.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <param name="border">The map's border.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StoreBlocked(ArenaBuffer map, Span<float> destination, int channels, int height, int width, int border = 0)
    {
        RequireLength(destination.Length, channels, height, width);
        ReadOnlySpan<float> source = Require(map, FeatureMapLayout.BlockedLength(channels, height, width, border));
        for (int channel = 0; channel < channels; channel++)
        {
            for (int row = 0; row < height; row++)
            {
                ReadOnlySpan<float> interleaved = source[BlockedOffset(channel, row, height, width, border)..];
                Span<float> line = destination.Slice(((channel * height) + row) * width, width);
                for (int column = 0; column < width; column++) line[column] = interleaved[column * FeatureMapLayout.ChannelsPerBlock];
            }
        }
    }

    private static int BlockedOffset(int channel, int row, int height, int width, int border)
    {
        int pitch = width + (2 * border);
        int pixel = (((channel / FeatureMapLayout.ChannelsPerBlock * (height + (2 * border))) + row + border) * pitch) + border;
        return (pixel * FeatureMapLayout.ChannelsPerBlock) + (channel % FeatureMapLayout.ChannelsPerBlock);
    }

    private static unsafe Span<float> Require(ArenaBuffer map, int length) => new(map.Require(length), length);

    private static void RequireLength(int found, int channels, int height, int width)
    {
        if (found != channels * height * width)
        {
            throw new ArgumentException($"Expected {channels}×{height}×{width} = {channels * height * width} floats, found {found}.");
        }
    }
}
