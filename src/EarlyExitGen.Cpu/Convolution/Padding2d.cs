using System.Runtime.CompilerServices;
using EarlyExitGen.Cpu.Memory;

namespace EarlyExitGen.Cpu.Convolution;

/// <summary>Pads a blocked map with pixels of its own, for a convolution that then pads with nothing. Never allocates.</summary>
public static unsafe class Padding2d
{
    /// <summary>Copies a map into a larger one, and what lies around it with it.</summary>
    /// <param name="input">The map.</param>
    /// <param name="inputShape">Its shape.</param>
    /// <param name="output">Takes the padded map.</param>
    /// <param name="outputShape">Its shape, with the same channels; its border is left as it is.</param>
    /// <param name="top">The rows of padding above.</param>
    /// <param name="left">The columns of padding on the left.</param>
    /// <param name="kind">What lies around.</param>
    /// <exception cref="ArgumentException">
    /// A buffer is too short, or there is more padding on a side than the map can give: its size for <see cref="PaddingKind.Circular"/>,
    /// one less for <see cref="PaddingKind.Reflect"/>.
    /// </exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(
        ArenaBuffer input, FeatureMapShape inputShape, ArenaBuffer output, FeatureMapShape outputShape, int top, int left, PaddingKind kind)
    {
        Require(inputShape.Height, outputShape.Height, top, kind, "rows");
        Require(inputShape.Width, outputShape.Width, left, kind, "columns");
        if (inputShape.Channels != outputShape.Channels)
        {
            throw new ArgumentException($"The padded map has {outputShape.Channels} channels instead of {inputShape.Channels}.");
        }

        int block = FeatureMapLayout.ChannelsPerBlock;
        float* x = input.Require(inputShape.Length) + inputShape.Origin;
        float* y = output.Require(outputShape.Length) + outputShape.Origin;
        for (int plane = 0; plane < outputShape.Blocks; plane++, x += inputShape.Plane, y += outputShape.Plane)
        {
            for (int row = 0; row < outputShape.Height; row++)
            {
                float* source = x + (Source(row - top, inputShape.Height, kind) * inputShape.Pitch);
                float* target = y + (row * outputShape.Pitch);
                for (int column = 0; column < outputShape.Width; column++)
                {
                    float* pixel = source + (Source(column - left, inputShape.Width, kind) * block);
                    new ReadOnlySpan<float>(pixel, block).CopyTo(new Span<float>(target + (column * block), block));
                }
            }
        }
    }

    /// <summary>The pixel that stands at a place before, within or after the map.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Source(int at, int size, PaddingKind kind)
    {
        if ((uint)at < (uint)size) return at;
        return kind switch
        {
            PaddingKind.Reflect => at < 0 ? -at : (2 * (size - 1)) - at,
            PaddingKind.Replicate => at < 0 ? 0 : size - 1,
            _ => at < 0 ? at + size : at - size,
        };
    }

    private static void Require(int size, int padded, int before, PaddingKind kind, string what)
    {
        int most = kind switch
        {
            PaddingKind.Reflect => size - 1,
            PaddingKind.Replicate => int.MaxValue,
            _ => size,
        };
        int after = padded - size - before;
        if (before < 0 || after < 0 || before > most || after > most)
        {
            throw new ArgumentException($"{size} {what} can't be padded by {before} and {after}: {kind}.");
        }
    }
}
