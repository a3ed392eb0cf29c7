using CsCheck;
using EarlyExitGen.Cpu.Pooling;

namespace EarlyExitGen.Cpu.Tests.Pooling;

/// <summary>A pooling layer's numbers, drawn at random.</summary>
internal sealed record PoolingLayer
{
    public required PoolingKind Kind { get; init; }

    public required int Channels { get; init; }

    public required int InputHeight { get; init; }

    public required int InputWidth { get; init; }

    public required int OutputHeight { get; init; }

    public required int OutputWidth { get; init; }

    public int KernelHeight { get; init; } = 1;

    public int KernelWidth { get; init; } = 1;

    public int StrideY { get; init; } = 1;

    public int StrideX { get; init; } = 1;

    public int PaddingY { get; init; }

    public int PaddingX { get; init; }

    public int DilationY { get; init; } = 1;

    public int DilationX { get; init; } = 1;

    public int Divisor { get; init; }

    public int InputBorder { get; init; }

    public int OutputBorder { get; init; }
}

/// <summary>The layer under test as a shape.</summary>
internal readonly struct CurrentPooling : IPoolingShape
{
    [ThreadStatic]
    private static PoolingLayer? current;

    public static PoolingLayer Layer
    {
        get => current!;
        set => current = value;
    }

    public static PoolingKind Kind => Layer.Kind;

    public static int Channels => Layer.Channels;

    public static int InputHeight => Layer.InputHeight;

    public static int InputWidth => Layer.InputWidth;

    public static int OutputHeight => Layer.OutputHeight;

    public static int OutputWidth => Layer.OutputWidth;

    public static int KernelHeight => Layer.KernelHeight;

    public static int KernelWidth => Layer.KernelWidth;

    public static int StrideY => Layer.StrideY;

    public static int StrideX => Layer.StrideX;

    public static int PaddingY => Layer.PaddingY;

    public static int PaddingX => Layer.PaddingX;

    public static int DilationY => Layer.DilationY;

    public static int DilationX => Layer.DilationX;

    public static int Divisor => Layer.Divisor;

    public static int InputBorder => Layer.InputBorder;

    public static int OutputBorder => Layer.OutputBorder;
}

/// <summary>Random pooling layers: odd sizes, strides, paddings, dilations, ceiling mode, adaptive windows.</summary>
internal static class RandomPooling
{
    public static Gen<PoolingLayer> Any { get; } =
        from kind in Gen.Int[0, 4].Select(index => (PoolingKind)index)
        from channels in Gen.Int[1, 40]
        from height in Gen.Int[3, 12]
        from width in Gen.Int[3, 12]
        from kernelHeight in Gen.Int[1, 3]
        from kernelWidth in Gen.Int[1, 3]
        from strideY in Gen.Int[1, 3]
        from strideX in Gen.Int[1, 3]
        from paddingY in Gen.Int[0, kernelHeight / 2]
        from paddingX in Gen.Int[0, kernelWidth / 2]
        from dilationY in Gen.Int[1, kind == PoolingKind.Max ? 2 : 1]
        from dilationX in Gen.Int[1, kind == PoolingKind.Max ? 2 : 1]
        from ceiling in Gen.Bool
        from divisor in Gen.Int[0, 3]
        from adaptiveHeight in Gen.Int[1, 12]
        from adaptiveWidth in Gen.Int[1, 12]
        from inputBorder in Gen.Int[0, 1]
        from outputBorder in Gen.Int[0, 1]
        let adaptive = kind is PoolingKind.AdaptiveAverage or PoolingKind.AdaptiveMax
        select new PoolingLayer
        {
            Kind = kind,
            Channels = channels,
            InputHeight = height + 2,
            InputWidth = width + 2,
            OutputHeight = adaptive ? adaptiveHeight : Windows(height + 2, kernelHeight, strideY, paddingY, dilationY, ceiling),
            OutputWidth = adaptive ? adaptiveWidth : Windows(width + 2, kernelWidth, strideX, paddingX, dilationX, ceiling),
            KernelHeight = kernelHeight,
            KernelWidth = kernelWidth,
            StrideY = strideY,
            StrideX = strideX,
            PaddingY = paddingY,
            PaddingX = paddingX,
            DilationY = dilationY,
            DilationX = dilationX,
            Divisor = kind == PoolingKind.AverageWithPadding ? divisor : 0,
            InputBorder = inputBorder,
            OutputBorder = outputBorder,
        };

    // PyTorch's rule: in ceiling mode the last window must start within the map or its left padding.
    private static int Windows(int input, int kernel, int stride, int padding, int dilation, bool ceiling)
    {
        int room = input + (2 * padding) - (dilation * (kernel - 1)) - 1;
        int windows = ((room + (ceiling ? stride - 1 : 0)) / stride) + 1;
        return ceiling && (windows - 1) * stride >= input + padding ? windows - 1 : windows;
    }
}
