using EarlyExitGen.Cpu.Convolution;

namespace EarlyExitGen.Generator.Model;

/// <summary>How a network runs on the CPU kernels: which are called in which order, and where every feature map lies.</summary>
/// <param name="Maps">The feature maps; the first takes the caller's input.</param>
/// <param name="Length">The floats that all maps take together.</param>
/// <param name="RowsTogether">
/// How many rows of a batch go through each layer together; 1 unless every layer works on rows of features. Each map has room for as many.
/// </param>
/// <param name="Stages">The calls of each stage.</param>
/// <param name="Exits">The calls of each head.</param>
/// <param name="Gates">The calls of the gates of those exits that have one.</param>
internal sealed record CpuPlan(
    EquatableArray<CpuMap> Maps,
    int Length,
    int RowsTogether,
    EquatableArray<CpuPart> Stages,
    EquatableArray<CpuPart> Exits,
    EquatableArray<CpuGate> Gates)
{
    /// <summary>The calls of an exit's gate; null when it has none.</summary>
    public CpuPart? GateOf(int exit) => Gates.FirstOrDefault(gate => gate.Exit == exit)?.Part;
}

/// <summary>The gate of one exit, counted from 0.</summary>
internal sealed record CpuGate(int Exit, CpuPart Part);

/// <summary>Why a network has no CPU pipeline.</summary>
/// <param name="Layer">The layer at which the compiler stops; null when it is the network as a whole.</param>
/// <param name="Reason">What is the matter, to follow "'Net' has no CPU pipeline: " or the layer and a colon.</param>
internal sealed record CpuObstacle(LayerModel? Layer, string Reason);

/// <summary>A plan, or why there is none.</summary>
internal readonly record struct CpuVerdict(CpuPlan? Plan, CpuObstacle? Obstacle);

/// <summary>The calls of one stage or head.</summary>
/// <param name="Output">The map of its result.</param>
internal sealed record CpuPart(EquatableArray<KernelCall> Calls, int Output);

/// <summary>How the elements of a map lie.</summary>
internal enum MapLayout
{
    /// <summary>Blocks of 16 channels; a vector of features is a map of one pixel.</summary>
    Blocked,

    /// <summary>Channel after channel, as pixels come from outside.</summary>
    Planar,

    /// <summary>Rows of features, each filled up to 16: the channels are the features, the height is the rows.</summary>
    Rows,
}

/// <summary>One feature map: within the arena, or a tensor of the network's own among the weights.</summary>
/// <param name="Border">The zeros around it.</param>
/// <param name="Offset">Where it lies, in floats; 0 for a tensor of the network's own.</param>
/// <param name="Constant">The tensor that it holds; null for what is computed at each call.</param>
/// <param name="IsUsed">Whether any call reads or writes it.</param>
internal sealed record CpuMap(
    MapLayout Layout, int Channels, int Height, int Width, int Border, int Offset, CpuConstant? Constant, bool IsUsed)
{
    /// <summary>Whether it is a place in the arena.</summary>
    public bool IsInArena => Constant is null;

    /// <summary>The floats that it takes.</summary>
    public int Length => Layout switch
    {
        MapLayout.Planar => Cpu.Memory.FeatureMapLayout.PlanarLength(Channels, Height, Width, Border),
        MapLayout.Rows => Cpu.Memory.FeatureMapLayout.BlockedLength(Channels, Height, 1),
        _ => Cpu.Memory.FeatureMapLayout.BlockedLength(Channels, Height, Width, Border),
    };
}

/// <summary>A tensor of the network's own as a map holds it.</summary>
/// <param name="Path">Its name in the state dictionary.</param>
/// <param name="Stored">Its shape there.</param>
/// <param name="Shape">Its shape as one sample's.</param>
/// <param name="Repeated">The shape in which the map has it: dimensions of size 1 may be repeated.</param>
internal sealed record CpuConstant(string Path, TensorShape Stored, TensorShape Shape, TensorShape Repeated);

/// <summary>A map as a call sees it: the same memory can be several pixels, or one row of them.</summary>
internal sealed record MapView(int Map, int Channels, int Height, int Width);

/// <summary>One call of a kernel.</summary>
/// <param name="Steps">The layers that it computes, in order.</param>
/// <param name="Input">What it reads.</param>
/// <param name="Output">What it writes; may be the input where the kernel says so.</param>
internal abstract record KernelCall(EquatableArray<Step> Steps, MapView Input, MapView Output);

/// <summary>A convolution with what follows it, or a batch normalisation as a 1×1 convolution of each channel by itself.</summary>
/// <param name="ExtraPadding">Rows and columns of zeros at the end beyond those at the beginning.</param>
/// <param name="Residual">The map that is added before the activation.</param>
/// <param name="Pools">Whether a 2×2 max-pool is part of it.</param>
internal sealed record ConvolutionCall(
    EquatableArray<Step> Steps,
    MapView Input,
    MapView Output,
    WindowSize Kernel,
    WindowSize Stride,
    WindowSize Padding,
    WindowSize ExtraPadding,
    WindowSize Dilation,
    int Groups,
    Activation? Activation,
    MapView? Residual,
    bool Pools,
    ConvolutionAlgorithm Algorithm) : KernelCall(Steps, Input, Output);

/// <summary>A map padded with pixels of its own, for a convolution that then pads with nothing.</summary>
/// <param name="Before">The rows above and the columns on the left.</param>
internal sealed record PaddingCall(EquatableArray<Step> Steps, MapView Input, MapView Output, PaddingMode Mode, WindowSize Before)
    : KernelCall(Steps, Input, Output);

/// <summary>A size in rows and columns.</summary>
internal readonly record struct WindowSize(int Rows, int Columns);

/// <summary>A linear layer with its activation: of one vector, of a map that it flattens, or of rows.</summary>
internal sealed record LinearCall(EquatableArray<Step> Steps, MapView Input, MapView Output, bool OfRows, Activation? Activation)
    : KernelCall(Steps, Input, Output);

/// <summary>A pooling layer.</summary>
/// <param name="Kind">The name of the kernel's kind.</param>
internal sealed record PoolingCall(
    EquatableArray<Step> Steps,
    MapView Input,
    MapView Output,
    string Kind,
    WindowSize Kernel,
    WindowSize Stride,
    WindowSize Padding,
    WindowSize Dilation,
    int Divisor) : KernelCall(Steps, Input, Output);

/// <summary>An activation by itself, in place.</summary>
internal sealed record ActivationCall(EquatableArray<Step> Steps, MapView Map, Activation Activation) : KernelCall(Steps, Map, Map);

/// <summary>An activation with a weight for each channel, or one for all, in place.</summary>
internal sealed record PReluCall(EquatableArray<Step> Steps, MapView Map, int Weights) : KernelCall(Steps, Map, Map);

/// <summary>Layer normalisation of rows.</summary>
internal sealed record LayerNormCall(EquatableArray<Step> Steps, MapView Input, MapView Output, LayerNorm Norm)
    : KernelCall(Steps, Input, Output);

/// <summary>Group normalisation of a map.</summary>
internal sealed record GroupNormCall(EquatableArray<Step> Steps, MapView Input, MapView Output, GroupNorm Norm)
    : KernelCall(Steps, Input, Output);

/// <summary>A copy of a map, for a layer that overwrites what others still read.</summary>
internal sealed record CopyCall(EquatableArray<Step> Steps, MapView Input, MapView Output) : KernelCall(Steps, Input, Output);

/// <summary>Takes a blocked map apart into one row of its elements, channel after channel.</summary>
internal sealed record ToRowCall(EquatableArray<Step> Steps, MapView Input, MapView Output) : KernelCall(Steps, Input, Output);

/// <summary>Makes a blocked map of a row of elements, channel after channel.</summary>
internal sealed record FromRowCall(EquatableArray<Step> Steps, MapView Input, MapView Output) : KernelCall(Steps, Input, Output);

/// <summary>Two maps of one shape combined element by element; the output may be one of them.</summary>
internal sealed record ElementwiseCall(EquatableArray<Step> Steps, ElementwiseKind Kind, MapView Input, MapView Other, MapView Output)
    : KernelCall(Steps, Input, Output);

/// <summary>Each channel of a map multiplied by a number of its own.</summary>
internal sealed record ScaleChannelsCall(EquatableArray<Step> Steps, MapView Input, MapView Factors, MapView Output)
    : KernelCall(Steps, Input, Output);

/// <summary>Every element times a number plus another, in place.</summary>
internal sealed record ScaleAndShiftCall(EquatableArray<Step> Steps, MapView Map, float Scale, float Offset) : KernelCall(Steps, Map, Map);

/// <summary>Softmax of rows, in place.</summary>
internal sealed record SoftmaxCall(EquatableArray<Step> Steps, MapView Map, bool Logarithm) : KernelCall(Steps, Map, Map);

/// <summary>The mean of rows.</summary>
internal sealed record RowMeanCall(EquatableArray<Step> Steps, MapView Input, MapView Output) : KernelCall(Steps, Input, Output);

/// <summary>Where matrices of one size lie in a map.</summary>
internal readonly record struct MatrixPlace(int Offset, int Matrix, int Row, int Column);

/// <summary>The products of pairs of matrices, rows of columns.</summary>
internal sealed record MatrixProductCall(
    EquatableArray<Step> Steps,
    MapView Input,
    MatrixPlace Left,
    MapView Other,
    MatrixPlace Right,
    MapView Output,
    int Matrices,
    int Rows,
    int Inner,
    int Columns) : KernelCall(Steps, Input, Output);

/// <summary>softmax(queries · keysᵀ / √features) · values of each head.</summary>
internal sealed record AttentionCall(
    EquatableArray<Step> Steps,
    MapView Input,
    MatrixPlace Queries,
    MapView KeyMap,
    MatrixPlace Keys,
    MapView ValueMap,
    MatrixPlace Values,
    MapView Output,
    MatrixPlace Target,
    AttentionSize Size) : KernelCall(Steps, Input, Output);

/// <summary>How many heads, queries and keys an attention has, and how wide they are.</summary>
internal readonly record struct AttentionSize(int Heads, int Queries, int Keys, int Features, int ValueFeatures, bool IsCausal);

/// <summary>One loop of a copy: how many elements, and the floats between them on both sides.</summary>
internal readonly record struct CopyLoop(int Size, int From, int To);

/// <summary>Copies elements to another arrangement: transposed, a part of a dimension, or repeated.</summary>
internal sealed record StridedCopyCall(
    EquatableArray<Step> Steps, MapView Input, int From, MapView Output, int To, EquatableArray<CopyLoop> Loops)
    : KernelCall(Steps, Input, Output);

/// <summary>Copies a map's channels to their place among those of a wider one.</summary>
internal sealed record ConcatenateCall(EquatableArray<Step> Steps, MapView Input, MapView Output, int FirstChannel)
    : KernelCall(Steps, Input, Output);
