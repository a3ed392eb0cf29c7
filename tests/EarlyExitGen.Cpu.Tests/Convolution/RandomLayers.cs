using System.Globalization;
using CsCheck;
using EarlyExitGen.Cpu.Activations;
using EarlyExitGen.Cpu.Convolution;

namespace EarlyExitGen.Cpu.Tests.Convolution;

/// <summary>Random layers: odd sizes, strides, paddings, dilations, groups.</summary>
internal static class RandomLayers
{
    private static readonly Activation[] Pooled = [Activation.None, Activation.Relu, Activation.Relu6];

    /// <summary>Layers of every kind that the direct kernel serves.</summary>
    public static Gen<ConvolutionLayer> Any { get; } =
        from groups in OneOf(1, 1, 1, 2, 3, 8, 16)
        from inputs in Gen.Int[1, Math.Max(1, 40 / groups)]
        from outputs in Gen.Int[1, Math.Max(1, 50 / groups)]
        from kernelHeight in OneOf(1, 3, 5, 2, 7)
        from kernelWidth in OneOf(kernelHeight, kernelHeight, 1, 3)
        from strideY in Gen.Int[1, 3]
        from strideX in Gen.Int[1, 3]
        from dilationY in Gen.Int[1, 2]
        from dilationX in Gen.Int[1, 2]
        from paddingY in Gen.Int[0, dilationY * (kernelHeight - 1)]
        from paddingX in Gen.Int[0, dilationX * (kernelWidth - 1)]
        from outputHeight in Gen.Int[1, 9]
        from outputWidth in Gen.Int[1, 24]
        from extraPaddingY in Gen.Int[0, 1]
        from extraPaddingX in Gen.Int[0, 1]
        from looseBorder in Gen.Int[0, 1]
        from planar in Gen.Bool
        from residual in Gen.Bool
        from residualBorder in Gen.Int[0, 1]
        from outputBorder in Gen.Int[0, 2]
        from pool in Gen.Bool
        from activation in OneOf(Pooled)
        let height = Math.Max(1, ((outputHeight - 1) * strideY) + (dilationY * (kernelHeight - 1)) + 1 - (2 * paddingY))
        let width = Math.Max(1, ((outputWidth - 1) * strideX) + (dilationX * (kernelWidth - 1)) + 1 - (2 * paddingX))
        let layer = new ConvolutionLayer
        {
            InputChannels = inputs * groups,
            InputHeight = height,
            InputWidth = width,
            OutputChannels = outputs * groups,
            KernelHeight = kernelHeight,
            KernelWidth = kernelWidth,
            StrideY = strideY,
            StrideX = strideX,
            PaddingY = paddingY,
            PaddingX = paddingX,
            ExtraPaddingY = extraPaddingY,
            ExtraPaddingX = extraPaddingX,
            DilationY = dilationY,
            DilationX = dilationX,
            Groups = groups,
            InputIsPlanar = planar,
            InputBorder = Math.Max(paddingY + extraPaddingY, paddingX + extraPaddingX) + looseBorder,
            OutputBorder = outputBorder,
            HasResidual = residual,
            ResidualBorder = residualBorder,
            Activation = activation,
        }
        select layer with { MaxPool2x2 = pool && layer.Height > 1 && layer.Width > 1 };

    /// <summary>As many groups as input and output channels.</summary>
    public static Gen<ConvolutionLayer> Depthwise { get; } =
        from layer in Any
        from channels in Gen.Int[1, 50]
        select layer with
        {
            InputChannels = channels,
            OutputChannels = channels,
            Groups = channels,
            InputIsPlanar = false,
            Algorithm = ConvolutionAlgorithm.Depthwise,
        };

    /// <summary>3×3 kernels of stride 1 over maps that hold at least one tile; some need several strips of tiles.</summary>
    public static Gen<ConvolutionLayer> Winograd(ConvolutionAlgorithm algorithm) =>
        from layer in Any
        from inputs in algorithm == ConvolutionAlgorithm.Winograd4x4 ? OneOf(3, 16, 33, 64) : OneOf(3, 16, 70, 192)
        from outputs in OneOf(1, 16, 40, 64)
        from height in Gen.Int[4, 14]
        from width in Gen.Int[4, 30]
        from padding in Gen.Int[0, 1]
        select layer with
        {
            InputChannels = inputs,
            OutputChannels = outputs,
            InputHeight = height + 2 - (2 * padding),
            InputWidth = width + 2 - (2 * padding),
            KernelHeight = 3,
            KernelWidth = 3,
            StrideY = 1,
            StrideX = 1,
            DilationY = 1,
            DilationX = 1,
            PaddingY = padding,
            PaddingX = padding,
            ExtraPaddingY = 0,
            ExtraPaddingX = 0,
            InputBorder = 1,
            Groups = 1,
            InputIsPlanar = false,
            Activation = layer.Activation == Activation.Relu6 ? Activation.Relu : layer.Activation,
            Algorithm = algorithm,
        };

    /// <summary>How many samples to draw: fewer where the environment says so, as the runs with narrower vectors do.</summary>
    public static int Iterations(int usual)
    {
        string? fewer = Environment.GetEnvironmentVariable("EARLYEXITGEN_TEST_ITERATIONS");
        return fewer is null ? usual : Math.Min(usual, int.Parse(fewer, CultureInfo.InvariantCulture));
    }

    public static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);
}
