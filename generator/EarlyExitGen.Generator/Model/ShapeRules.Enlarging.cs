namespace EarlyExitGen.Generator.Model;

/// <content>The operations that make maps larger.</content>
internal static partial class ShapeRules
{
    private static InferredShape InferTransposedConvolution(TransposedConvolution convolution, TensorShape input)
    {
        if (RankMisfit(input, convolution.Rank) is { } rank) return rank;
        if (ChannelsMisfit(convolution.InChannels, convolution.OutChannels, convolution.Groups) is { } arguments) return arguments;
        if (WindowMisfit(convolution.Kernel, convolution.Stride, convolution.Padding, convolution.Dilation) is { } window) return window;
        if (convolution.InChannels is { } channels && input.Dimensions[0] != channels) return Channels(channels, input);

        long[] sizes = new long[convolution.Rank];
        for (int axis = 0; axis < sizes.Length; axis++)
        {
            long extra = convolution.OutputPadding[axis];
            if (extra < 0 || extra >= Math.Max(convolution.Stride[axis], convolution.Dilation[axis]))
            {
                return new ShapeMisfit(MisfitKind.Arguments, "an output_padding smaller than the stride or the dilation", $"{extra}");
            }

            long full = ((input.Dimensions[axis + 1] - 1) * convolution.Stride[axis])
                + Extent(convolution.Kernel[axis], convolution.Dilation[axis]);
            sizes[axis] = full - (2 * convolution.Padding[axis]) + extra;
            if (sizes[axis] < 1)
            {
                return new ShapeMisfit(MisfitKind.Arguments, $"padding that leaves something of {full}", $"{convolution.Padding[axis]}");
            }
        }

        return convolution.OutChannels is { } outChannels ? new TensorShape(new([outChannels, .. sizes])) : default(InferredShape);
    }

    private static InferredShape InferUpsample(Upsample upsample, TensorShape input)
    {
        if (RankMisfit(input, upsample.Rank) is { } misfit) return misfit;
        long[] sizes = upsample.Size.Count > 0
            ? [.. upsample.Size]
            : [.. upsample.Scale.Select((scale, axis) => (long)Math.Floor(input.Dimensions[axis + 1] * scale))];
        return Array.TrueForAll(sizes, size => size is > 0 and <= int.MaxValue)
            ? new TensorShape(new([input.Dimensions[0], .. sizes]))
            : new ShapeMisfit(MisfitKind.Arguments, "a size of at least 1", $"[{string.Join(",", sizes)}]");
    }
}
