using System.Runtime.CompilerServices;
using EarlyExitGen.Cpu.Activations;
using EarlyExitGen.Cpu.Pooling;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Convolution;

/// <summary>
/// What becomes of a convolution's sums that lie in whole blocks of channels: they are pooled, a residual is added, and their channels are
/// moved together.
/// </summary>
internal static unsafe class MapSums<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>Pools rows of a sample's output, activates and stores them.</summary>
    /// <param name="shape">The layer.</param>
    /// <param name="sums">Rows of the convolution.</param>
    /// <param name="pitch">Floats from one of them to the next.</param>
    /// <param name="top">The first row of the convolution that they hold.</param>
    /// <param name="row">The first row of the output.</param>
    /// <param name="rows">How many.</param>
    /// <param name="output">The sample's.</param>
    /// <param name="end">The end of all samples' outputs.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pool(
        in MapConvolutionShape shape, float* sums, int pitch, int top, int row, int rows, float* output, float* end)
    {
        int channels = shape.OutputChannels;
        int step = shape.PaddedChannels;
        MapPoolShape pool = shape.Pool.GetValueOrDefault();
        int rowStep = pitch * pool.DilationY;
        int columnStep = step * pool.DilationX;
        float* y = output + (row * shape.OutputWidth * channels);
        for (int outputRow = row; outputRow < row + rows; outputRow++)
        {
            Window vertical = pool.Rows(outputRow);
            float* line = sums + ((vertical.Begin - top) * pitch);
            for (int column = 0; column < shape.OutputWidth; column++, y += channels)
            {
                Window horizontal = pool.Columns(column);
                float* window = line + (horizontal.Begin * step);
                for (int channel = 0; channel < channels; channel += TSimd.Lanes)
                {
                    TVector kept = TSimd.Create(float.NegativeInfinity);
                    float* first = window + channel;
                    for (int at = vertical.Begin; at < vertical.End; at += pool.DilationY, first += rowStep)
                    {
                        float* x = first;
                        for (int beside = horizontal.Begin; beside < horizontal.End; beside += pool.DilationX, x += columnStep)
                        {
                            kept = TSimd.Max(kept, TSimd.Load(x));
                        }
                    }

                    // After the pooling: a window of nothing but padding gives −∞.
                    VectorEnd<TSimd, TVector>.Store(Activate(shape.Activation, kept), y + channel, end);
                }
            }
        }
    }

    /// <summary>Adds the residual, if there is one, and moves the channels together.</summary>
    /// <param name="shape">The layer.</param>
    /// <param name="sums">The sums of one pixel after the other.</param>
    /// <param name="pixels">How many.</param>
    /// <param name="residual">What is added to the first; null for nothing.</param>
    /// <param name="output">Where the first goes.</param>
    /// <param name="end">The end of all samples' outputs.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Join(in MapConvolutionShape shape, float* sums, int pixels, float* residual, float* output, float* end)
    {
        int channels = shape.OutputChannels;
        int step = shape.PaddedChannels;
        Activation activation = residual == null ? Activation.None : shape.Activation;

        // Whole vectors, as long as none reaches beyond the end; lanes beyond the last channel are overwritten by the next pixel.
        int reach = (channels + TSimd.Lanes - 1) / TSimd.Lanes * TSimd.Lanes;
        long room = end - output - reach;
        int whole = room < 0 ? 0 : (int)Math.Min(pixels, (room / channels) + 1);
        for (int pixel = 0; pixel < whole; pixel++, sums += step, output += channels)
        {
            for (int channel = 0; channel < channels; channel += TSimd.Lanes)
            {
                TVector sum = TSimd.Load(sums + channel);
                if (residual != null) sum = Activate(activation, TSimd.Add(sum, TSimd.Load(residual + channel)));
                TSimd.Store(sum, output + channel);
            }

            if (residual != null) residual += channels;
        }

        for (int pixel = whole; pixel < pixels; pixel++, sums += step, output += channels)
        {
            for (int channel = 0; channel < channels; channel += TSimd.Lanes)
            {
                TVector sum = TSimd.Load(sums + channel);
                if (residual != null) sum = Activate(activation, TSimd.Add(sum, VectorEnd<TSimd, TVector>.Load(residual + channel, end - (output + channel))));
                VectorEnd<TSimd, TVector>.Store(sum, output + channel, end);
            }

            if (residual != null) residual += channels;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Activate(Activation activation, TVector x) => ActivationKernel.Apply<TSimd, TVector>(activation, 0, x);
}
