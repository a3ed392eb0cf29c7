using EarlyExitGen.Cpu.Activations;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Pooling;

namespace EarlyExitGen.Cpu.Convolution;

/// <summary>A convolution over maps and what follows it, of sizes that are known when it runs.</summary>
/// <param name="InputChannels">Channels of the input.</param>
/// <param name="InputHeight">Rows of the input.</param>
/// <param name="InputWidth">Columns of the input.</param>
/// <param name="OutputChannels">Channels of the output.</param>
/// <param name="KernelHeight">Rows of the kernel.</param>
/// <param name="KernelWidth">Columns of the kernel.</param>
/// <param name="StrideY">Rows from one output to the next.</param>
/// <param name="StrideX">Columns from one output to the next.</param>
/// <param name="PaddingY">Rows of zeros above and below.</param>
/// <param name="PaddingX">Columns of zeros left and right.</param>
/// <param name="DilationY">Rows from one tap to the next.</param>
/// <param name="DilationX">Columns from one tap to the next.</param>
/// <param name="IsDepthwise">Whether each channel has a filter of its own; otherwise there is one group.</param>
internal readonly record struct MapConvolutionShape(
    int InputChannels,
    int InputHeight,
    int InputWidth,
    int OutputChannels,
    int KernelHeight,
    int KernelWidth,
    int StrideY,
    int StrideX,
    int PaddingY,
    int PaddingX,
    int DilationY,
    int DilationX,
    bool IsDepthwise)
{
    /// <summary>What follows, once a residual is added: none, ReLU or ReLU6.</summary>
    public Activation Activation { get; init; }

    /// <summary>The max pooling that follows; its input is what the convolution gives.</summary>
    public MapPoolShape? Pool { get; init; }

    /// <summary>Whether a residual is added before the activation.</summary>
    public bool HasResidual { get; init; }

    /// <summary>Rows of the convolution.</summary>
    public int Height { get; } = Outputs(InputHeight, KernelHeight, StrideY, PaddingY, DilationY);

    /// <summary>Columns of the convolution.</summary>
    public int Width { get; } = Outputs(InputWidth, KernelWidth, StrideX, PaddingX, DilationX);

    /// <summary>Rows of the result.</summary>
    public int OutputHeight => Pool?.OutputHeight ?? Height;

    /// <summary>Columns of the result.</summary>
    public int OutputWidth => Pool?.OutputWidth ?? Width;

    /// <summary>Floats of a sample of the input.</summary>
    public int InputLength => checked(InputChannels * InputHeight * InputWidth);

    /// <summary>Floats of a sample of the result.</summary>
    public int OutputLength => checked(OutputChannels * OutputHeight * OutputWidth);

    /// <summary>Output channels, filled up to whole blocks of 16.</summary>
    public int PaddedChannels => (OutputChannels + FeatureMapLayout.ChannelsPerBlock - 1)
        / FeatureMapLayout.ChannelsPerBlock * FeatureMapLayout.ChannelsPerBlock;

    /// <summary>Input channels that each output channel sees.</summary>
    public int InputsPerOutput => IsDepthwise ? 1 : InputChannels;

    /// <summary>Packed weights of 16 output channels, where vectors are of these.</summary>
    public int BlockLength => checked(KernelHeight * KernelWidth * InputsPerOutput * FeatureMapLayout.ChannelsPerBlock);

    /// <summary>Whether the pooling takes 2×2 windows side by side, which are pooled while they are in registers.</summary>
    public bool PoolsInRegisters =>
        Pool is { KernelHeight: 2, KernelWidth: 2, StrideY: 2, StrideX: 2, PaddingY: 0, PaddingX: 0, DilationY: 1, DilationX: 1 } pool
        && pool.OutputHeight == Height / 2
        && pool.OutputWidth == Width / 2;

    /// <summary>Whether the pooling is of another kind, and comes after the sums.</summary>
    public bool PoolsSums => Pool is not null && !PoolsInRegisters;

    /// <summary>Whether the taps are three in a row, side by side: see <see cref="ThreeTapTiles{TSimd, TVector, TRows}"/>.</summary>
    public bool HasThreeTaps => KernelWidth == 3 && StrideX == 1 && DilationX == 1 && !IsDepthwise;

    /// <summary>The rows of the convolution that rows of the result need: the first, and how many.</summary>
    public (int First, int Count) ConvolutionRows(int outputRow, int outputRows)
    {
        if (Pool is not { } pool) return (outputRow, outputRows);
        if (PoolsInRegisters) return (2 * outputRow, 2 * outputRows);

        // Where windows are cut and have gaps, a later one can begin above an earlier one.
        int first = Math.Max(0, (outputRow * pool.StrideY) - pool.PaddingY);
        return (first, pool.Rows(outputRow + outputRows - 1).End - first);
    }

    /// <summary>How many rows of the input, its padding included, rows of the convolution need.</summary>
    public int InputRows(int convolutionRows) => ((convolutionRows - 1) * StrideY) + ((KernelHeight - 1) * DilationY) + 1;

    private static int Outputs(int input, int kernel, int stride, int padding, int dilation)
    {
        int room = input + (2 * padding) - (dilation * (kernel - 1)) - 1;
        return room < 0 ? 0 : (room / stride) + 1;
    }
}
