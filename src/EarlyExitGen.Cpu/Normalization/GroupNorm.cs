using System.Runtime.CompilerServices;
using EarlyExitGen.Cpu.Memory;

namespace EarlyExitGen.Cpu.Normalization;

/// <summary>
/// GroupNorm over blocked feature maps; one group per channel is InstanceNorm. Wu and He, 2018. Computed in float64.
/// Within 1e-6 of float64. Never allocates.
/// </summary>
public static unsafe class GroupNorm
{
    private const int Block = FeatureMapLayout.ChannelsPerBlock;

    /// <summary>(x − mean) / √(variance + ε) · γ + β, with the mean and variance of each group of channels.</summary>
    /// <param name="input">The input map.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="groups">Groups of channels.</param>
    /// <param name="weights">γ then β as <see cref="LayerNorm.Pack"/> arranges them for as many features as channels.</param>
    /// <param name="output">The output map of the same shape. May be the input.</param>
    /// <param name="epsilon">ε.</param>
    /// <exception cref="ArgumentException">A buffer is too short, or the channels don't divide into the groups.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(
        ArenaBuffer input, FeatureMapShape shape, int groups, ArenaBuffer weights, ArenaBuffer output, double epsilon = 1e-5)
    {
        if (groups < 1 || shape.Channels % groups != 0)
        {
            throw new ArgumentException($"{shape.Channels} channels don't divide into {groups} groups.");
        }

        float* x = input.Require(shape.Length) + shape.Origin;
        float* y = output.Require(shape.Length) + shape.Origin;
        float* scale = weights.Require(LayerNorm.PackedLength(shape.Channels));
        float* shift = scale + (shape.Blocks * Block);
        int perGroup = shape.Channels / groups;
        for (int first = 0; first < shape.Channels; first += perGroup)
        {
            (double mean, double deviation) = Statistics(x, shape, first, perGroup, epsilon);
            for (int channel = first; channel < first + perGroup; channel++)
            {
                Scale(x, y, shape, channel, mean, scale[channel] / deviation, shift[channel]);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (double Mean, double Deviation) Statistics(float* map, FeatureMapShape shape, int first, int channels, double epsilon)
    {
        double sum = 0;
        double squares = 0;
        for (int channel = first; channel < first + channels; channel++)
        {
            float* plane = map + (channel / Block * shape.Plane) + (channel % Block);
            for (int row = 0; row < shape.Height; row++, plane += shape.Pitch)
            {
                for (int at = 0; at < shape.Width * Block; at += Block)
                {
                    double value = plane[at];
                    sum += value;
                    squares += value * value;
                }
            }
        }

        double count = (double)channels * shape.Height * shape.Width;
        double mean = sum / count;
        return (mean, Math.Sqrt(Math.Max(0, (squares / count) - (mean * mean)) + epsilon));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scale(float* input, float* output, FeatureMapShape shape, int channel, double mean, double factor, double offset)
    {
        int start = (channel / Block * shape.Plane) + (channel % Block);
        for (int row = 0; row < shape.Height; row++, start += shape.Pitch)
        {
            for (int at = start; at < start + (shape.Width * Block); at += Block)
            {
                output[at] = (float)(((input[at] - mean) * factor) + offset);
            }
        }
    }
}
