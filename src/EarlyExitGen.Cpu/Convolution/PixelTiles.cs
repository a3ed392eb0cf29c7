using System.Runtime.CompilerServices;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Convolution;

/// <summary>
/// Some rows of a convolution with <see cref="PixelVectors"/>: a tile has two vectors of pixels for each of its output channels, which take
/// the place that pixels have elsewhere.
/// </summary>
internal readonly unsafe struct PixelTiles<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    public MapConvolutionShape Shape { get; init; }

    /// <summary>The copied input, plane after plane.</summary>
    public float* Input { get; init; }

    /// <summary>Floats from one plane of it to the next.</summary>
    public int InputPlane { get; init; }

    public float* Packed { get; init; }

    /// <summary>Where the sums go, plane after plane.</summary>
    public float* Sums { get; init; }

    /// <summary>Floats from one plane of them to the next.</summary>
    public int SumsPlane { get; init; }

    /// <summary>Sums of a plane.</summary>
    public int Length { get; init; }

    public void Run()
    {
        switch (PixelVectors.TileChannels(Shape))
        {
            case 4:
                Run<Tile4<TSimd, TVector>>();
                break;
            case 5:
                Run<Tile5<TSimd, TVector>>();
                break;
            case 6:
                Run<Tile6<TSimd, TVector>>();
                break;
            case 7:
                Run<Tile7<TSimd, TVector>>();
                break;
            default:
                Run<Tile8<TSimd, TVector>>();
                break;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private void Run<TTile>()
        where TTile : struct, ITile<TVector>
    {
        int channels = PixelVectors.Channels(Shape);
        int inputChannels = Shape.InputChannels;
        int kernelHeight = Shape.KernelHeight;
        int kernelWidth = Shape.KernelWidth;
        int tapStep = Shape.DilationX;
        int tapRowStep = Shape.DilationY * PixelVectors.Pitch(Shape);
        int plane = InputPlane;
        TVector one = TSimd.Create(1);

        // The last tile is moved back to end with the channels.
        for (int start = 0; start < channels; start += TTile.Pixels)
        {
            int channel = Math.Min(start, channels - TTile.Pixels);
            float* bias = Packed + channel;
            float* input = Input;
            float* sums = Sums + (channel * SumsPlane);
            for (float* end = input + Length; input < end; input += 2 * TSimd.Lanes, sums += 2 * TSimd.Lanes)
            {
                TTile tile = default;
                tile.Start(TSimd.Zero, TSimd.Zero);
                tile.MultiplyAdd(bias, 1, 0, 1, one, one);
                float* w = bias;
                float* map = input;
                for (int inputChannel = 0; inputChannel < inputChannels; inputChannel++, map += plane)
                {
                    float* line = map;
                    for (int ky = 0; ky < kernelHeight; ky++, line += tapRowStep)
                    {
                        float* x = line;
                        for (int kx = 0; kx < kernelWidth; kx++, x += tapStep)
                        {
                            w += channels;
                            tile.MultiplyAdd(w, 1, 0, 1, TSimd.Load(x), TSimd.Load(x + TSimd.Lanes));
                        }
                    }
                }

                tile.Store(sums, 1, 0, SumsPlane, two: true, TSimd.Lanes);
            }
        }
    }
}
