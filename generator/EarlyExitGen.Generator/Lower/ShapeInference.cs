using System.Collections.Immutable;
using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Lower;

/// <summary>Gives every value its shape, as far as constants tell. What does not fit has no shape, and nothing after it has.</summary>
internal static class ShapeInference
{
    public static LoweredPart Run(EquatableArray<LayerModel> layers, TensorShape? input)
    {
        List<TensorShape?> shapes = [input];
        ImmutableArray<Step>.Builder steps = ImmutableArray.CreateBuilder<Step>();
        foreach (LayerModel layer in layers)
        {
            TensorShape? read = shapes[layer.Inputs[0]];
            TensorShape? made = read is null ? null : Infer(layer.Operation, read);
            shapes.Add(made);
            steps.Add(new Step(layer, Norm: null, read, made, Macs: null, Parameters: null, InputSlot: 0, OutputSlot: 0, InPlace: false));
        }

        return new LoweredPart(new EquatableArray<Step>(steps.ToImmutable()), input, shapes[shapes.Count - 1], OutputSlot: 0);
    }

    /// <summary>The shape of an operation's result; null when the input does not fit it or nothing can be said.</summary>
    public static TensorShape? Infer(Operation operation, TensorShape input) => operation switch
    {
        Convolution convolution => InferConvolution(convolution, input),
        Linear linear => input.Dimensions[input.Rank - 1] == linear.InFeatures ? WithLast(input, linear.OutFeatures) : null,
        BatchNorm norm => input.Dimensions[0] == norm.Features && FitsBatchNorm(norm, input) ? input : null,
        LayerNorm norm => EndsWith(input, norm.Shape) ? input : null,
        GroupNorm norm => input.Dimensions[0] == norm.Channels ? input : null,
        Activation or Identity => input,
        MaxPool pool => InferPool(input, pool.Kernel, pool.Stride, pool.Padding, pool.Dilation, pool.CeilMode),
        AvgPool pool => InferPool(
            input, pool.Kernel, pool.Stride, pool.Padding, new([.. pool.Kernel.Select(_ => 1L)]), pool.CeilMode),
        AdaptiveAvgPool pool => input.Rank == pool.Output.Count + 1
            ? new TensorShape(new([input.Dimensions[0], .. pool.Output]))
            : null,
        Flatten flatten => InferFlatten(flatten, input),
        _ => null,
    };

    private static TensorShape? InferConvolution(Convolution convolution, TensorShape input)
    {
        if (input.Rank != convolution.Rank + 1 || input.Dimensions[0] != convolution.InChannels) return null;

        List<long> output = [convolution.OutChannels];
        for (int axis = 0; axis < convolution.Rank; axis++)
        {
            long size = input.Dimensions[axis + 1];
            if (convolution.PaddingRule == PaddingRule.Explicit)
            {
                long extent = (convolution.Dilation[axis] * (convolution.Kernel[axis] - 1)) + 1;
                long room = size + (2 * convolution.Padding[axis]) - extent;
                if (room < 0 || convolution.Stride[axis] < 1) return null;
                size = (room / convolution.Stride[axis]) + 1;
            }

            output.Add(size);
        }

        return new TensorShape(new([.. output]));
    }

    private static TensorShape? InferPool(
        TensorShape input,
        EquatableArray<long> kernel,
        EquatableArray<long> stride,
        EquatableArray<long> padding,
        EquatableArray<long> dilation,
        bool ceilMode)
    {
        if (input.Rank != kernel.Count + 1) return null;

        List<long> output = [input.Dimensions[0]];
        for (int axis = 0; axis < kernel.Count; axis++)
        {
            long size = input.Dimensions[axis + 1];
            long room = size + (2 * padding[axis]) - (dilation[axis] * (kernel[axis] - 1)) - 1;
            if (room < 0 || stride[axis] < 1) return null;

            long pooled = ((room + (ceilMode ? stride[axis] - 1 : 0)) / stride[axis]) + 1;

            // A window that would start beyond the input and its left padding is left out.
            if (ceilMode && (pooled - 1) * stride[axis] >= size + padding[axis]) pooled--;
            output.Add(pooled);
        }

        return new TensorShape(new([.. output]));
    }

    // Dimensions are counted with the batch, which is dimension 0: joining it with others leaves no batch to speak of.
    private static TensorShape? InferFlatten(Flatten flatten, TensorShape input)
    {
        int rank = input.Rank + 1;
        long start = flatten.Start < 0 ? flatten.Start + rank : flatten.Start;
        long end = flatten.End < 0 ? flatten.End + rank : flatten.End;
        if (start < 1 || end >= rank || start > end) return null;

        ImmutableArray<long> dimensions = [.. input.Dimensions];
        int first = (int)start - 1;
        int count = (int)(end - start) + 1;
        return Sizes.Product(dimensions.Skip(first).Take(count).Select(dimension => (long?)dimension)) is { } joined
            ? new TensorShape(new([.. dimensions.Take(first), joined, .. dimensions.Skip(first + count)]))
            : null;
    }

    private static bool FitsBatchNorm(BatchNorm norm, TensorShape input) =>
        norm.Rank == 2 ? input.Rank == 3 : input.Rank is 1 or 2;

    private static bool EndsWith(TensorShape input, EquatableArray<long> last) =>
        input.Rank >= last.Count && input.Dimensions.Skip(input.Rank - last.Count).SequenceEqual(last);

    private static TensorShape WithLast(TensorShape shape, long last) =>
        new(new([.. shape.Dimensions.Take(shape.Rank - 1), last]));
}
