using EarlyExitGen.Cpu.Activations;
using EarlyExitGen.Cpu.Convolution;

namespace EarlyExitGen.Cpu.Tests.Convolution;

/// <summary>A layer's numbers, drawn at random.</summary>
internal sealed record ConvolutionLayer
{
    public required int InputChannels { get; init; }

    public required int InputHeight { get; init; }

    public required int InputWidth { get; init; }

    public required int OutputChannels { get; init; }

    public required int KernelHeight { get; init; }

    public required int KernelWidth { get; init; }

    public int StrideY { get; init; } = 1;

    public int StrideX { get; init; } = 1;

    public int PaddingY { get; init; }

    public int PaddingX { get; init; }

    public int ExtraPaddingY { get; init; }

    public int ExtraPaddingX { get; init; }

    public int DilationY { get; init; } = 1;

    public int DilationX { get; init; } = 1;

    public int Groups { get; init; } = 1;

    public bool InputIsPlanar { get; init; }

    public int InputBorder { get; init; }

    public int OutputBorder { get; init; }

    public bool HasResidual { get; init; }

    public int ResidualBorder { get; init; }

    public Activation Activation { get; init; }

    public float NegativeSlope => 0.1f;

    public bool MaxPool2x2 { get; init; }

    public ConvolutionAlgorithm Algorithm { get; init; }

    public int Height => ((InputHeight + (2 * PaddingY) + ExtraPaddingY - (DilationY * (KernelHeight - 1)) - 1) / StrideY) + 1;

    public int Width => ((InputWidth + (2 * PaddingX) + ExtraPaddingX - (DilationX * (KernelWidth - 1)) - 1) / StrideX) + 1;

    public int OutputHeight => MaxPool2x2 ? Height / 2 : Height;

    public int OutputWidth => MaxPool2x2 ? Width / 2 : Width;
}

/// <summary>
/// The layer under test as a shape. Generated code has constants here; one type that reads a field serves all random layers.
/// </summary>
internal readonly struct CurrentLayer : IConvolutionShape
{
    [ThreadStatic]
    private static ConvolutionLayer? current;

    public static ConvolutionLayer Layer
    {
        get => current!;
        set => current = value;
    }

    public static int InputChannels => Layer.InputChannels;

    public static int InputHeight => Layer.InputHeight;

    public static int InputWidth => Layer.InputWidth;

    public static int OutputChannels => Layer.OutputChannels;

    public static int KernelHeight => Layer.KernelHeight;

    public static int KernelWidth => Layer.KernelWidth;

    public static int StrideY => Layer.StrideY;

    public static int StrideX => Layer.StrideX;

    public static int PaddingY => Layer.PaddingY;

    public static int PaddingX => Layer.PaddingX;

    public static int ExtraPaddingY => Layer.ExtraPaddingY;

    public static int ExtraPaddingX => Layer.ExtraPaddingX;

    public static int DilationY => Layer.DilationY;

    public static int DilationX => Layer.DilationX;

    public static int Groups => Layer.Groups;

    public static bool InputIsPlanar => Layer.InputIsPlanar;

    public static int InputBorder => Layer.InputBorder;

    public static int OutputBorder => Layer.OutputBorder;

    public static bool HasResidual => Layer.HasResidual;

    public static int ResidualBorder => Layer.ResidualBorder;

    public static Activation Activation => Layer.Activation;

    public static float NegativeSlope => Layer.NegativeSlope;

    public static bool MaxPool2x2 => Layer.MaxPool2x2;

    public static ConvolutionAlgorithm Algorithm => Layer.Algorithm;
}
