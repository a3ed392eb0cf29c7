using EarlyExitGen.Cpu.Activations;

namespace EarlyExitGen.Cpu.Convolution;

/// <summary>
/// One convolution layer's constants. Generated code implements it with a struct of constants per layer, which the compiler folds
/// into the kernel; what a layer doesn't state has the value given here.
/// </summary>
/// <remarks>
/// The layer computes <c>pool(activation(convolution(input) + bias + residual))</c>. Feature maps lie in blocks of 16 channels,
/// <c>[⌈C / 16⌉][border + H + border][border + W + border][16]</c>, with a border of zeros; the lanes of the last block beyond C hold
/// anything finite. The input's border must be at least the padding on every side. A planar input is
/// <c>[C][border + H + border][border + W + border]</c>.
/// </remarks>
public interface IConvolutionShape
{
    /// <summary>Channels of the input.</summary>
    static abstract int InputChannels { get; }

    /// <summary>Rows of the input, without border.</summary>
    static abstract int InputHeight { get; }

    /// <summary>Columns of the input, without border.</summary>
    static abstract int InputWidth { get; }

    /// <summary>Channels of the output.</summary>
    static abstract int OutputChannels { get; }

    /// <summary>Rows of the kernel.</summary>
    static abstract int KernelHeight { get; }

    /// <summary>Columns of the kernel.</summary>
    static abstract int KernelWidth { get; }

    /// <summary>Rows from one output to the next.</summary>
    static virtual int StrideY => 1;

    /// <summary>Columns from one output to the next.</summary>
    static virtual int StrideX => 1;

    /// <summary>Rows of zeros above and below.</summary>
    static virtual int PaddingY => 0;

    /// <summary>Columns of zeros left and right.</summary>
    static virtual int PaddingX => 0;

    /// <summary>Rows of zeros below beyond those above, as padding to the same size needs for even kernels.</summary>
    static virtual int ExtraPaddingY => 0;

    /// <summary>Columns of zeros right beyond those left.</summary>
    static virtual int ExtraPaddingX => 0;

    /// <summary>Rows from one tap to the next.</summary>
    static virtual int DilationY => 1;

    /// <summary>Columns from one tap to the next.</summary>
    static virtual int DilationX => 1;

    /// <summary>Groups of channels that don't see each other.</summary>
    static virtual int Groups => 1;

    /// <summary>Whether the input is planar, as pixels come from outside, instead of in blocks of 16 channels.</summary>
    static virtual bool InputIsPlanar => false;

    /// <summary>The zeros around the input.</summary>
    static virtual int InputBorder => 0;

    /// <summary>The room around the output, which is left as it is.</summary>
    static virtual int OutputBorder => 0;

    /// <summary>Whether a feature map of the convolution's output shape, before pooling, is added.</summary>
    static virtual bool HasResidual => false;

    /// <summary>The room around the residual.</summary>
    static virtual int ResidualBorder => 0;

    /// <summary>What is applied to the sum.</summary>
    static virtual Activation Activation => Activation.None;

    /// <summary>The slope of <see cref="Activation.LeakyRelu"/>.</summary>
    static virtual float NegativeSlope => 0.01f;

    /// <summary>
    /// Whether a 2×2 max-pool of stride 2 without padding follows, as part of this layer. Only after
    /// <see cref="Activation.None"/>, ReLU and ReLU6.
    /// </summary>
    static virtual bool MaxPool2x2 => false;

    /// <summary>How it is computed.</summary>
    static virtual ConvolutionAlgorithm Algorithm => ConvolutionAlgorithm.Direct;
}
