using System.Collections.Immutable;

namespace EarlyExitGen.Generator.Model;

/// <summary>The shape that each operation makes of the shapes which it reads, as libtorch does it.</summary>
internal static partial class ShapeRules
{
    /// <summary>The shape of an operation's result, or why what it reads does not fit it; neither when a shape is unknown.</summary>
    public static InferredShape Infer(Operation operation, params IReadOnlyList<TensorShape?> inputs)
    {
        // It reads only the number of rows of its second input.
        if (operation is Expand expand) return inputs[0] is { } repeated ? InferExpand(expand, repeated) : default;

        // A mask leaves the result's shape as it is.
        if (operation is Attention && inputs.Count > 3 && inputs[3] is null) inputs = [.. inputs.Take(3)];
        List<TensorShape> known = [.. inputs.OfType<TensorShape>()];
        if (known.Count < inputs.Count) return default;
        return operation switch
        {
            OwnedTensor tensor => tensor.Shape is { } shape ? shape : default(InferredShape),
            Elementwise or Compare or CombineMasks => InferElementwise(known[0], known[1]),
            Where => InferElementwise(known[0], known[1]).Shape is { } both ? InferElementwise(both, known[2]) : InferElementwise(known[0], known[1]),
            Concatenate concatenate => InferConcatenate(concatenate, known),
            Matmul => InferMatmul(known[0], known[1]),
            Attention => InferAttention(known),
            MaskedFill => InferMaskedFill(known[0], known[1]),
            _ => InferUnary(operation, known[0]),
        };
    }

    private static InferredShape InferUnary(Operation operation, TensorShape input) => operation switch
    {
        Convolution convolution => InferConvolution(convolution, input),
        TransposedConvolution convolution => InferTransposedConvolution(convolution, input),
        Upsample upsample => InferUpsample(upsample, input),
        Linear linear => InferLinear(linear, input),
        BatchNorm norm => InferBatchNorm(norm, input),
        LayerNorm norm => EndsWith(input, norm.Shape)
            ? input
            : new ShapeMisfit(MisfitKind.Features, new TensorShape(norm.Shape).ToString(), input.ToString(), FittingFeatures(norm, input)),
        GroupNorm norm => InferGroupNorm(norm, input),
        Activation or Identity or ScalarArithmetic or CompareScalar or ToFloat32 => input,
        PReLU { Weights: { } weights } => weights == 1 || weights == input.Dimensions[0] ? input : Channels(weights, input),
        PReLU => input,
        MaxPool pool => InferPool(input, pool.Kernel, pool.Stride, pool.Padding, pool.Dilation, pool.CeilMode),
        AvgPool pool => InferPool(
            input, pool.Kernel, pool.Stride, pool.Padding, new([.. pool.Kernel.Select(_ => 1L)]), pool.CeilMode),
        AdaptiveAvgPool pool => InferAdaptivePool(pool, input),
        Flatten flatten => InferFlatten(flatten, input),
        Softmax softmax => Axis(softmax.Dimension, input) is null ? BadDimension(softmax.Dimension, input) : input,
        Mean mean => InferReduction(mean.Dimensions, mean.Keep, input),
        Sum sum => InferReduction(sum.Dimensions, sum.Keep, input),
        Embedding { Features: { } features } => new TensorShape(new([.. input.Dimensions, features])),
        Reshape reshape => InferReshape(reshape, input),
        Permute permute => InferPermute(permute, input),
        Transpose transpose => InferTranspose(transpose, input),
        Select select => InferSelect(select, input),
        Narrow narrow => InferNarrow(narrow, input),
        Unsqueeze unsqueeze => InferUnsqueeze(unsqueeze, input),
        Squeeze squeeze => InferSqueeze(squeeze, input),
        _ => default,
    };

    private static InferredShape InferConvolution(Convolution convolution, TensorShape input)
    {
        if (RankMisfit(input, convolution.Rank) is { } rank) return rank;
        if (ArgumentMisfit(convolution) is { } arguments) return arguments;
        if (convolution.InChannels is { } channels && input.Dimensions[0] != channels) return Channels(channels, input);
        if (convolution.OutChannels is not { } outChannels) return default;

        List<long> output = [outChannels];
        for (int axis = 0; axis < convolution.Rank; axis++)
        {
            long size = input.Dimensions[axis + 1];
            if (convolution.PaddingRule == PaddingRule.Same)
            {
                size = ((size - 1) / convolution.Stride[axis]) + 1;
            }
            else
            {
                long extent = Extent(convolution.Kernel[axis], convolution.Dilation[axis]);
                long padded = size + (2 * convolution.Padding[axis]);
                if (padded < extent) return new ShapeMisfit(MisfitKind.Kernel, $"{extent}", $"{padded}");
                size = ((padded - extent) / convolution.Stride[axis]) + 1;
            }

            output.Add(size);
        }

        return new TensorShape(new([.. output]));
    }

    private static InferredShape InferLinear(Linear linear, TensorShape input)
    {
        long arriving = input.Dimensions[input.Rank - 1];
        if (arriving == (linear.InFeatures ?? arriving)) return linear.OutFeatures is { } features ? WithLast(input, features) : default;
        return input.Rank > 2
            ? new ShapeMisfit(MisfitKind.Unflattened, $"{linear.InFeatures}", input.ToString())
            : new ShapeMisfit(MisfitKind.Features, $"{linear.InFeatures}", input.ToString(), arriving);
    }

    private static InferredShape InferBatchNorm(BatchNorm norm, TensorShape input)
    {
        if (norm.Rank == 2 && RankMisfit(input, spatialRank: 2) is { } misfit) return misfit;
        if (norm.Rank == 1 && input.Rank > 2) return new ShapeMisfit(MisfitKind.Rank, "[features] or [channels,length]", input.ToString());
        return norm.Features is { } features && input.Dimensions[0] != features ? Channels(features, input) : input;
    }

    private static InferredShape InferGroupNorm(GroupNorm norm, TensorShape input)
    {
        long channels = norm.Channels ?? input.Dimensions[0];
        if (norm.Groups < 1 || channels % norm.Groups != 0)
        {
            return new ShapeMisfit(MisfitKind.Arguments, "num_channels divisible by num_groups", $"{channels} and {norm.Groups}");
        }

        return input.Dimensions[0] == channels ? input : Channels(channels, input);
    }

    private static InferredShape InferAdaptivePool(AdaptiveAvgPool pool, TensorShape input)
    {
        if (RankMisfit(input, pool.Output.Count) is { } misfit) return misfit;
        return pool.Output.All(size => size > 0)
            ? new TensorShape(new([input.Dimensions[0], .. pool.Output]))
            : new ShapeMisfit(MisfitKind.Arguments, "a positive output size", $"[{string.Join(",", pool.Output)}]");
    }

    private static InferredShape InferPool(
        TensorShape input,
        EquatableArray<long> kernel,
        EquatableArray<long> stride,
        EquatableArray<long> padding,
        EquatableArray<long> dilation,
        bool ceilMode)
    {
        if (RankMisfit(input, kernel.Count) is { } misfit) return misfit;
        if (WindowMisfit(kernel, stride, padding, dilation) is { } window) return window;

        List<long> output = [input.Dimensions[0]];
        for (int axis = 0; axis < kernel.Count; axis++)
        {
            long size = input.Dimensions[axis + 1];
            long extent = Extent(kernel[axis], dilation[axis]);
            if (padding[axis] > extent / 2)
            {
                return new ShapeMisfit(
                    MisfitKind.Arguments, "padding of at most half the kernel", $"{padding[axis]} for a kernel of {extent}");
            }

            long room = size + (2 * padding[axis]) - extent;
            if (room < 0) return new ShapeMisfit(MisfitKind.Vanishing, $"{extent - (2 * padding[axis])}", input.ToString());

            long pooled = ((room + (ceilMode ? stride[axis] - 1 : 0)) / stride[axis]) + 1;

            // A window that would start beyond the input and its left padding is left out.
            if (ceilMode && (pooled - 1) * stride[axis] >= size + padding[axis]) pooled--;
            output.Add(pooled);
        }

        return new TensorShape(new([.. output]));
    }

    // Dimensions are counted with the batch, which is dimension 0: joining it with others leaves no batch to speak of.
    private static InferredShape InferFlatten(Flatten flatten, TensorShape input)
    {
        int rank = input.Rank + 1;
        long start = flatten.Start < 0 ? flatten.Start + rank : flatten.Start;
        long end = flatten.End < 0 ? flatten.End + rank : flatten.End;
        if (start < 1 || end >= rank || start > end)
        {
            return new ShapeMisfit(
                MisfitKind.Arguments, $"dimensions in order from 1 to {rank - 1} (0 is the batch)", $"{flatten.Start} to {flatten.End}");
        }

        ImmutableArray<long> dimensions = [.. input.Dimensions];
        int first = (int)start - 1;
        int count = (int)(end - start) + 1;
        return Sizes.Product(dimensions.Skip(first).Take(count).Select(dimension => (long?)dimension)) is { } joined
            ? new TensorShape(new([.. dimensions.Take(first), joined, .. dimensions.Skip(first + count)]))
            : default(InferredShape);
    }

    private static ShapeMisfit? RankMisfit(TensorShape input, int spatialRank) => input.Rank == spatialRank + 1
        ? null
        : new ShapeMisfit(MisfitKind.Rank, spatialRank == 1 ? "[channels,length]" : "[channels,height,width]", input.ToString());

    private static ShapeMisfit? ArgumentMisfit(Convolution convolution)
    {
        if (ChannelsMisfit(convolution.InChannels, convolution.OutChannels, convolution.Groups) is { } channels) return channels;
        if (convolution is { PaddingRule: PaddingRule.Same, PaddingMode: PaddingMode.Zeros }
            && convolution.Stride.Any(stride => stride > 1))
        {
            return new ShapeMisfit(MisfitKind.Arguments, "a stride of 1 with Padding.Same", $"[{string.Join(",", convolution.Stride)}]");
        }

        return WindowMisfit(convolution.Kernel, convolution.Stride, convolution.Padding, convolution.Dilation);
    }

    private static ShapeMisfit? ChannelsMisfit(long? incoming, long? outgoing, long groups)
    {
        if (outgoing < 1) return new ShapeMisfit(MisfitKind.Arguments, "at least one output channel", $"{outgoing}");
        bool divides = groups > 0 && (incoming ?? 0) % groups == 0 && (outgoing ?? 0) % groups == 0;
        return divides
            ? null
            : new ShapeMisfit(
                MisfitKind.Arguments, "in_channels and out_channels divisible by groups", $"{incoming} and {outgoing} in {groups}");
    }

    private static ShapeMisfit? WindowMisfit(
        EquatableArray<long> kernel, EquatableArray<long> stride, EquatableArray<long> padding, EquatableArray<long> dilation)
    {
        if (kernel.Any(size => size < 1)) return Positive("kernel", kernel);
        if (stride.Any(size => size < 1)) return Positive("stride", stride);
        if (dilation.Any(size => size < 1)) return Positive("dilation", dilation);
        return padding.Any(size => size < 0)
            ? new ShapeMisfit(MisfitKind.Arguments, "padding of 0 or more", $"[{string.Join(",", padding)}]")
            : null;
    }

    private static ShapeMisfit Positive(string name, EquatableArray<long> actual) =>
        new(MisfitKind.Arguments, $"a positive {name}", $"[{string.Join(",", actual)}]");

    private static ShapeMisfit Channels(long expected, TensorShape input) =>
        new(MisfitKind.Channels, $"{expected}", input.ToString(), input.Dimensions[0]);

    private static long Extent(long kernel, long dilation) => (dilation * (kernel - 1)) + 1;

    private static long? FittingFeatures(LayerNorm norm, TensorShape input) =>
        norm.Shape.Count == 1 ? input.Dimensions[input.Rank - 1] : null;

    private static bool EndsWith(TensorShape input, EquatableArray<long> last) =>
        input.Rank >= last.Count && input.Dimensions.Skip(input.Rank - last.Count).SequenceEqual(last);

    private static TensorShape WithLast(TensorShape shape, long last) =>
        new(new([.. shape.Dimensions.Take(shape.Rank - 1), last]));
}
