namespace EarlyExitGen.Generator.Model;

/// <summary>
/// What a layer computes. Spatial arguments have one entry per spatial dimension, so that one record serves one and two dimensions.
/// A width is null when the source has no constant for it; the weights tell it when the network is frozen.
/// </summary>
internal abstract record Operation
{
    /// <summary>Whether the result is another view of the first input's memory.</summary>
    public bool IsView => this is Flatten or Reshape or Permute or Transpose or Select or Narrow or Unsqueeze or Squeeze or Expand;

    /// <summary>Whether it goes through several tensors element by element, which libtorch aligns at their last dimension.</summary>
    public bool AlignsInputs => this is Elementwise or Compare or CombineMasks or MaskedFill or Where;
}

/// <summary>A convolution; a depthwise one has as many groups as channels.</summary>
internal sealed record Convolution(
    long? InChannels,
    long? OutChannels,
    EquatableArray<long> Kernel,
    EquatableArray<long> Stride,
    EquatableArray<long> Padding,
    EquatableArray<long> Dilation,
    long Groups,
    bool Bias,
    PaddingRule PaddingRule,
    PaddingMode PaddingMode) : Operation
{
    public int Rank => Kernel.Count;

    /// <summary>Whether it is over maps and pads with zeros by numbers: then the Torch pipeline may run it another way than the module does.</summary>
    public bool HasWays => Rank == 2 && PaddingRule == PaddingRule.Explicit && PaddingMode == PaddingMode.Zeros;
}

/// <summary>A transposed convolution, which makes maps larger; its padding cuts the result, its output padding adds to the end.</summary>
internal sealed record TransposedConvolution(
    long? InChannels,
    long? OutChannels,
    EquatableArray<long> Kernel,
    EquatableArray<long> Stride,
    EquatableArray<long> Padding,
    EquatableArray<long> OutputPadding,
    EquatableArray<long> Dilation,
    long Groups,
    bool Bias) : Operation
{
    public int Rank => Kernel.Count;
}

/// <summary>How much a convolution pads: as much as it says, or as much as keeps the map's size.</summary>
internal enum PaddingRule
{
    Explicit,
    Same,
}

/// <summary>What a convolution pads with. The numbers are TorchSharp's own.</summary>
internal enum PaddingMode
{
    Zeros = 0,
    Reflect = 1,
    Replicate = 2,
    Circular = 3,
}

/// <summary>A fully connected layer over the last dimension.</summary>
internal sealed record Linear(long? InFeatures, long? OutFeatures, bool Bias) : Operation;

/// <summary>Batch normalisation with its running statistics.</summary>
internal sealed record BatchNorm(int Rank, long? Features, double Epsilon, bool Affine) : Operation;

/// <summary>Layer normalisation over the last dimensions.</summary>
internal sealed record LayerNorm(EquatableArray<long> Shape, double Epsilon, bool Affine, bool Bias) : Operation;

/// <summary>Group normalisation over groups of channels.</summary>
internal sealed record GroupNorm(long Groups, long? Channels, double Epsilon, bool Affine) : Operation;

/// <summary>An activation, or another function of each element by itself.</summary>
/// <param name="Argument">
/// The slope of LeakyReLU below zero, α of ELU and CELU, β of Softplus, the minimum of Hardtanh and Clamp, what Threshold compares with, the
/// bound of Hardshrink and Softshrink, the exponent of Power; 0 for others.
/// </param>
/// <param name="InPlace">Whether the author asked for the input to be overwritten, which a later reader of it can see.</param>
internal sealed record Activation(ActivationKind Kind, double Argument, bool InPlace) : Operation
{
    /// <summary>Where Softplus becomes x itself, the maximum of Hardtanh and Clamp, what Threshold gives below; 0 for others.</summary>
    public double SecondArgument { get; init; }

    /// <summary>How many numbers it has.</summary>
    public int Arguments => Kind switch
    {
        ActivationKind.Softplus or ActivationKind.Hardtanh or ActivationKind.Threshold or ActivationKind.Clamp => 2,
        ActivationKind.LeakyReLU or ActivationKind.ELU or ActivationKind.CELU or ActivationKind.Hardshrink or ActivationKind.Softshrink
            or ActivationKind.Power => 1,
        _ => 0,
    };

    /// <summary>Whether libtorch has it in a form that overwrites its input.</summary>
    public bool CanOverwrite => Kind
        is not (ActivationKind.Softplus or ActivationKind.LogSigmoid or ActivationKind.Hardshrink or ActivationKind.Softshrink);
}

/// <summary>The activations that the compiler knows, and the functions of each element that are no module.</summary>
internal enum ActivationKind
{
    ReLU,
    ReLU6,
    LeakyReLU,
    GELU,
    GELUTanh,
    SiLU,
    Hardswish,
    Hardsigmoid,
    Sigmoid,
    Tanh,
    ELU,
    SELU,
    CELU,
    Softplus,
    LogSigmoid,
    Mish,
    Softsign,
    Tanhshrink,
    Hardtanh,
    Threshold,
    Hardshrink,
    Softshrink,
    Clamp,
    Exp,
    Log,
    Sqrt,
    Rsqrt,
    Reciprocal,
    Abs,
    Power,
}

/// <summary>x where it is positive, and elsewhere x times a weight: one for all, or one for each channel.</summary>
internal sealed record PReLU(long? Weights) : Operation;

/// <summary>Max pooling.</summary>
internal sealed record MaxPool(
    EquatableArray<long> Kernel,
    EquatableArray<long> Stride,
    EquatableArray<long> Padding,
    EquatableArray<long> Dilation,
    bool CeilMode) : Operation;

/// <summary>Average pooling.</summary>
/// <param name="Divisor">What the sum is divided by; 0 for the window's size.</param>
internal sealed record AvgPool(
    EquatableArray<long> Kernel,
    EquatableArray<long> Stride,
    EquatableArray<long> Padding,
    bool CeilMode,
    bool CountIncludePad,
    long Divisor) : Operation;

/// <summary>Average pooling to a given size.</summary>
internal sealed record AdaptiveAvgPool(EquatableArray<long> Output) : Operation;

/// <summary>Maps of another size, by a size or by a scale: one of them is empty.</summary>
internal sealed record Upsample(UpsampleMode Mode, EquatableArray<long> Size, EquatableArray<double> Scale, bool? AlignCorners) : Operation
{
    public int Rank => Math.Max(Size.Count, Scale.Count);
}

/// <summary>How values between those of a map are found. The names and numbers are TorchSharp's own.</summary>
internal enum UpsampleMode
{
    Nearest = 0,
    Linear = 1,
    Bilinear = 2,
    Bicubic = 3,
}

/// <summary>Joins the dimensions from <paramref name="Start"/> to <paramref name="End"/>, counted with the batch; negative from the end.</summary>
internal sealed record Flatten(long Start, long End) : Operation;

/// <summary>A layer that does nothing at inference, for example <c>Dropout(0.5)</c>.</summary>
internal sealed record Identity(string Name, double? Argument) : Operation;

/// <summary>An ordinary call on the user's module at the layer's path: what the compiler does not understand.</summary>
internal sealed record ModuleCall(string Text) : Operation;

/// <summary>An ordinary call of the stage or exit itself.</summary>
internal sealed record MemberCall(MemberModel Member) : Operation;
