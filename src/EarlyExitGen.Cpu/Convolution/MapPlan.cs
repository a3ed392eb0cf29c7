using EarlyExitGen.Cpu.Memory;

namespace EarlyExitGen.Cpu.Convolution;

/// <summary>How a <see cref="MapConvolution"/> goes, how many rows it takes at a time, and the floats that it needs beside its maps for them.</summary>
internal sealed class MapPlan
{
    // So that both stay in the second level cache.
    private const int MostCopied = 48 * 1024;
    private const int MostSums = 24 * 1024;

    /// <param name="shape">The layer.</param>
    /// <param name="isPlanar">Whether the input lies channel by channel.</param>
    public MapPlan(in MapConvolutionShape shape, bool isPlanar)
    {
        IsPlanar = isPlanar;
        HasPixelVectors = PixelVectors.Suit(shape);
        Copies = HasPixelVectors || NeedsPadding(shape) || (isPlanar && shape.InputChannels > 1);
        Gathers = HasPixelVectors ? shape.PoolsSums || shape.HasResidual : shape.PoolsSums || shape.OutputChannels != shape.PaddedChannels;
        Rows = shape.OutputHeight;
        while (true)
        {
            int most = MostConvolutionRows(shape, Rows);
            CopiedPlane = PixelVectors.CopiedPlane(shape, most);
            SumsPlane = PixelVectors.SumsPlane(shape, most);
            Copied = Copies ? CopiedLength(shape, most) : 0;
            Planes = HasPixelVectors ? checked((PixelVectors.Channels(shape) + 3) / 4 * 4 * SumsPlane) : 0;
            Sums = Gathers ? SumsLength(shape, Rows) : 0;
            if (Rows == 1 || (Copied <= MostCopied && Planes <= MostSums && Sums <= MostSums)) break;
            Rows = (Rows + 1) / 2;
        }
    }

    /// <summary>Whether the input lies channel by channel.</summary>
    public bool IsPlanar { get; }

    /// <summary>Whether vectors are of pixels instead of output channels: see <see cref="PixelVectors"/>.</summary>
    public bool HasPixelVectors { get; }

    /// <summary>Whether the input is copied, with its padding.</summary>
    public bool Copies { get; }

    /// <summary>Whether sums wait to be pooled, added to or moved together.</summary>
    public bool Gathers { get; }

    /// <summary>Rows of the output: all, or as many as fit; at least one.</summary>
    public int Rows { get; }

    /// <summary>Floats of the copied input.</summary>
    public int Copied { get; }

    /// <summary>Floats from one plane of the copied input to the next, where it lies channel by channel.</summary>
    public int CopiedPlane { get; }

    /// <summary>Floats of the sums that lie channel by channel.</summary>
    public int Planes { get; }

    /// <summary>Floats from one plane of them to the next.</summary>
    public int SumsPlane { get; }

    /// <summary>Floats of the sums whose channels lie side by side, in whole blocks.</summary>
    public int Sums { get; }

    /// <summary>Floats of all.</summary>
    public int Scratch => checked(Copied + Planes + Sums);

    /// <summary>Floats from one pixel of the copied input to the next, where its channels lie side by side.</summary>
    public static int CopiedStep(in MapConvolutionShape shape) => shape.IsDepthwise ? shape.PaddedChannels : shape.InputChannels;

    /// <summary>Floats from one row of it to the next.</summary>
    public static int CopiedPitch(in MapConvolutionShape shape) => (shape.InputWidth + (2 * shape.PaddingX)) * CopiedStep(shape);

    private static bool NeedsPadding(in MapConvolutionShape shape) =>
        shape.PaddingX > 0 || shape.PaddingY > 0 || (shape.IsDepthwise && shape.OutputChannels != shape.PaddedChannels);

    private int CopiedLength(in MapConvolutionShape shape, int convolutionRows) => checked((int)Arena.RoundUp(HasPixelVectors
        ? (long)shape.InputChannels * CopiedPlane
        : (long)shape.InputRows(convolutionRows) * CopiedPitch(shape)));

    private static int SumsLength(in MapConvolutionShape shape, int rows) =>
        checked((shape.PoolsInRegisters ? rows * shape.OutputWidth : MostConvolutionRows(shape, rows) * shape.Width) * shape.PaddedChannels);

    private static int MostConvolutionRows(in MapConvolutionShape shape, int rows)
    {
        if (shape.Pool is not { } pool) return rows;
        if (shape.PoolsInRegisters) return 2 * rows;
        return Math.Min(shape.Height, ((rows - 1) * pool.StrideY) + ((pool.KernelHeight - 1) * pool.DilationY) + 1);
    }
}
