using System.Runtime.CompilerServices;

namespace EarlyExitGen.Cpu.Convolution;

/// <summary>Copies rows of a map, with a pixel's channels side by side and zeros around it.</summary>
internal static unsafe class MapRowCopy
{
    /// <summary>Copies rows, from one that may lie above the map to one that may lie below it. What lies left and right is left as it is.</summary>
    /// <param name="shape">The layer.</param>
    /// <param name="input">A sample.</param>
    /// <param name="isPlanar">Whether it lies channel by channel.</param>
    /// <param name="copy">Where to.</param>
    /// <param name="step">Floats from one pixel of the copy to the next.</param>
    /// <param name="pitch">Floats from one row of the copy to the next.</param>
    /// <param name="first">The first row.</param>
    /// <param name="rows">How many.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Copy(
        in MapConvolutionShape shape, float* input, bool isPlanar, float* copy, int step, int pitch, int first, int rows)
    {
        int channels = shape.InputChannels;
        int width = shape.InputWidth;
        for (int row = first; row < first + rows; row++, copy += pitch)
        {
            float* to = copy + (shape.PaddingX * step);
            if (row < 0 || row >= shape.InputHeight)
            {
                new Span<float>(to, width * step).Clear();
            }
            else if (isPlanar && channels > 1)
            {
                int plane = width * shape.InputHeight;
                for (int channel = 0; channel < channels; channel++)
                {
                    float* line = input + (channel * plane) + (row * width);
                    float* pixel = to + channel;
                    for (int column = 0; column < width; column++, pixel += step) *pixel = line[column];
                }
            }
            else if (step == channels)
            {
                new ReadOnlySpan<float>(input + (row * width * channels), width * channels).CopyTo(new Span<float>(to, width * channels));
            }
            else
            {
                float* pixel = input + (row * width * channels);
                for (int column = 0; column < width; column++, pixel += channels, to += step)
                {
                    new ReadOnlySpan<float>(pixel, channels).CopyTo(new Span<float>(to, channels));
                }
            }
        }
    }

    /// <summary>
    /// Copies rows channel by channel, with zeros around each, from one that may lie above the map to one that may lie below it. What lies
    /// left and right is left as it is.
    /// </summary>
    /// <param name="shape">The layer.</param>
    /// <param name="input">A sample.</param>
    /// <param name="isPlanar">Whether it lies channel by channel.</param>
    /// <param name="copy">Where to.</param>
    /// <param name="plane">Floats from one channel of the copy to the next.</param>
    /// <param name="pitch">Floats from one row of the copy to the next.</param>
    /// <param name="first">The first row.</param>
    /// <param name="rows">How many.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void CopyPlanes(
        in MapConvolutionShape shape, float* input, bool isPlanar, float* copy, int plane, int pitch, int first, int rows)
    {
        int width = shape.InputWidth;
        int step = isPlanar ? 1 : shape.InputChannels;
        int inputPlane = isPlanar ? width * shape.InputHeight : 1;
        for (int channel = 0; channel < shape.InputChannels; channel++, copy += plane, input += inputPlane)
        {
            float* to = copy + shape.PaddingX;
            for (int row = first; row < first + rows; row++, to += pitch)
            {
                Span<float> line = new(to, width);
                float* from = input + (row * width * step);
                if (row < 0 || row >= shape.InputHeight) line.Clear();
                else if (step == 1) new ReadOnlySpan<float>(from, width).CopyTo(line);
                else for (int column = 0; column < width; column++, from += step) to[column] = *from;
            }
        }
    }
}
