using EarlyExitGen.Cpu.Convolution;
using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Lower;

/// <content>One method for each kind of layer.</content>
internal sealed partial class CpuPlanner
{
    private const string TooLarge = "it is too large for the CPU kernels";

    private Value? PlanConvolution(FusedLayers group, Convolution convolution, Value input)
    {
        Step step = part.Steps[group.First];
        if (convolution.PaddingMode != PaddingMode.Zeros)
        {
            return Stop<Value>(step, "the CPU kernels pad with zeros only");
        }

        if (AsChannels(input, step) is not { } source || step.Output is null) return null;
        if (!AreUsable(step, [.. convolution.Kernel, .. convolution.Stride, .. convolution.Dilation, .. convolution.Padding])) return null;
        (long Before, long Extra)[] padding =
            [.. Enumerable.Range(0, convolution.Rank).Select(axis => Padding(convolution, axis))];
        long border = padding.Max(sides => sides.Before + sides.Extra);
        if (!AreUsable(step, [border, step.Parameters ?? 0])) return null;
        buffers[source.Map].Border = Math.Max(buffers[source.Map].Border, (int)border);
        ConvolutionCall call = new(
            Steps(group),
            source,
            source,
            Size(convolution.Kernel),
            Size(convolution.Stride),
            Size([.. padding.Select(sides => sides.Before)], inOneDimension: 0),
            Size([.. padding.Select(sides => sides.Extra)], inOneDimension: 0),
            Size(convolution.Dilation),
            (int)convolution.Groups,
            group.Activation,
            Residual: null,
            group.Pools,
            ConvolutionAlgorithm.Direct);
        if (group.Residual is not { } residual) return PlaceConvolution(call, step.Output, part.Steps[group.Last]);
        return AsChannels(values[residual]!, step) is { } added
            ? PlaceConvolution(call with { Residual = added }, step.Output, part.Steps[group.Last])
            : null;
    }

    /// <summary>As a convolution that sees one pixel and one channel at a time.</summary>
    private Value? PlanBatchNorm(FusedLayers group, Value input)
    {
        Step step = part.Steps[group.First];
        MapView? source = input.Shape.Rank == 1 ? AsVector(input, step) : AsChannels(input, step);
        if (source is null || step.Output is null) return null;
        WindowSize one = new(1, 1);
        ConvolutionCall call = new(
            Steps(group),
            source,
            source,
            Kernel: one,
            Stride: one,
            Padding: default,
            ExtraPadding: default,
            Dilation: one,
            Groups: source.Channels,
            group.Activation,
            Residual: null,
            group.Pools,
            ConvolutionAlgorithm.Direct);
        return PlaceConvolution(call, step.Output, part.Steps[group.Last]);
    }

    /// <summary>Chooses the algorithm and the place of the result.</summary>
    /// <param name="convolved">The shape of the convolution, before pooling.</param>
    /// <param name="last">The last layer that the kernel computes.</param>
    private Value? PlaceConvolution(ConvolutionCall call, TensorShape convolved, Step last)
    {
        (long channels, long height, long width) = ChannelsOf(last.Output!);
        (long _, long rows, long columns) = ChannelsOf(convolved);
        if (NewBuffer(last, MapLayout.Blocked, channels, height, width) is not { } output) return null;
        bool isDense = call.Stride == new WindowSize(1, 1) && call.Dilation == new WindowSize(1, 1) && call.Groups == 1;
        ConvolutionAlgorithm algorithm = ConvolutionPlanner.Choose(
            call.Input.Channels,
            (int)channels,
            (int)rows,
            (int)columns,
            call.Kernel.Rows,
            call.Kernel.Columns,
            isDense,
            call.Groups,
            inputIsPlanar: buffers[call.Input.Map].Layout == MapLayout.Planar,
            call.Pools);
        Call(call with { Output = Whole(output), Algorithm = algorithm }, call.Residual);
        return new Value(output, last.Output!, IsShared: false);
    }

    private Value? PlanLinear(FusedLayers group, Value input)
    {
        Step step = part.Steps[group.First];
        long features = step.Output!.Dimensions[step.Output.Rank - 1];
        if (Sizes.Product(input.Shape.Elements, features) is not <= LargestMap) return Stop<Value>(step, TooLarge);
        if (input.Shape.Rank > 2) return Stop<Value>(step, $"no CPU kernel takes {input.Shape}");
        if (input.Shape.Rank == 2)
        {
            if (AsRows(input, step) is not { } rows) return null;
            if (NewBuffer(step, MapLayout.Rows, features, rows.Height, 1) is not { } outputs) return null;
            Call(new LinearCall(Steps(group), rows, Whole(outputs), OfRows: true, group.Activation));
            return new Value(outputs, step.Output!, IsShared: false);
        }

        // The weights are packed in the order in which a map's elements lie, so that flattening is no work.
        MapView? source = input.Buffer.Layout == MapLayout.Rows ? AsVector(input, step) : Whole(input.Buffer);
        if (source is null || NewBuffer(step, MapLayout.Blocked, features, 1, 1) is not { } output) return null;
        Call(new LinearCall(Steps(group), source, Whole(output), OfRows: false, group.Activation));
        return new Value(output, step.Output!, IsShared: false);
    }

    private Value? PlanPool(
        Step step,
        Value input,
        string kind,
        EquatableArray<long> kernel,
        EquatableArray<long> stride,
        EquatableArray<long> padding,
        EquatableArray<long> dilation,
        long divisor = 0)
    {
        if (AsChannels(input, step) is not { } source) return null;
        if (!AreUsable(step, [divisor, .. kernel, .. stride, .. padding, .. dilation])) return null;
        (long channels, long height, long width) = ChannelsOf(step.Output!);
        if (NewBuffer(step, MapLayout.Blocked, channels, height, width) is not { } output) return null;
        Call(new PoolingCall(
            [step],
            source,
            Whole(output),
            kind,
            Size(kernel),
            Size(stride),
            Size(padding, inOneDimension: 0),
            Size(dilation),
            (int)divisor));
        return new Value(output, step.Output!, IsShared: false);
    }

    private Value? PlanAdaptivePool(Step step, Value input, int spatialDimensions)
    {
        EquatableArray<long> ones = Ones(spatialDimensions);
        return PlanPool(step, input, "AdaptiveAverage", ones, ones, Zeros(spatialDimensions), ones);
    }

    private Value? PlanActivation(FusedLayers group, Activation activation, Value input)
    {
        // What an author does in place, later readers see; but never on what the caller passed in.
        bool regardless = activation.InPlace && input.Buffer.Index != 0;
        if (Overwritable(input, group.Last, regardless) is not { } map) return null;
        Call(new ActivationCall(Steps(group), Whole(map), activation));
        return input with { Buffer = map, IsShared = input.IsShared && map == input.Buffer };
    }

    private Value? PlanGroupNorm(int index, GroupNorm norm, Value input)
    {
        Step step = part.Steps[index];
        if (!AreUsable(step, [norm.Groups]) || Overwritable(input, index) is not { } map) return null;
        Value own = input with { Buffer = map };
        if ((input.Shape.Rank == 1 ? AsVector(own, step) : AsChannels(own, step)) is not { } view) return null;
        Call(new GroupNormCall([step], view, view, norm));
        return new Value(buffers[view.Map], step.Output!, IsShared: false);
    }

    private Value? PlanSum(int index, Value left, Value right)
    {
        Step step = part.Steps[index];
        if (left.Shape != right.Shape)
        {
            return Stop<Value>(step, $"the CPU kernels add maps of one shape, not {left.Shape} and {right.Shape}");
        }

        bool areRows = left.Buffer.Layout == MapLayout.Rows;
        if ((areRows ? AsRows(left, step) : AsChannels(left, step)) is not { } first) return null;
        if ((areRows ? AsRows(right, step) : AsChannels(right, step)) is not { } second) return null;
        MapLayout layout = areRows ? MapLayout.Rows : MapLayout.Blocked;
        if (NewBuffer(step, layout, first.Channels, first.Height, first.Width) is not { } output) return null;
        Call(new AddCall([step], first, second, Whole(output)), second);
        return new Value(output, step.Output!, IsShared: false);
    }

    private Value? PlanConcatenation(Step step, Concatenate concatenate)
    {
        if (concatenate.Dimension != 1 && concatenate.Dimension != -step.Output!.Rank)
        {
            return Stop<Value>(step, "the CPU kernels concatenate channels only");
        }

        (long channels, long height, long width) = ChannelsOf(step.Output!);
        if (NewBuffer(step, MapLayout.Blocked, channels, height, width) is not { } output) return null;
        output.IsExclusive = true;
        int firstChannel = 0;
        foreach (int read in step.Layer.Inputs)
        {
            Value input = values[read]!;
            if ((input.Shape.Rank == 1 ? AsVector(input, step) : AsChannels(input, step)) is not { } source) return null;
            Call(new ConcatenateCall(firstChannel == 0 ? [step] : [], source, Whole(output), firstChannel));
            firstChannel += source.Channels;
        }

        return new Value(output, step.Output!, IsShared: false);
    }

    /// <summary>Over the last dimension of rows, or over all dimensions, which are one row then.</summary>
    private Value? PlanLayerNorm(Step step, LayerNorm norm, Value input)
    {
        bool isWhole = norm.Shape.Count == input.Shape.Rank;
        if (!isWhole && (norm.Shape.Count != 1 || input.Shape.Rank != 2))
        {
            return Stop<Value>(step, $"no CPU kernel normalises {input.Shape} over its last {norm.Shape.Count} dimensions");
        }

        if ((isWhole ? AsVector(input, step) : AsRows(input, step)) is not { } source) return null;
        if (NewBuffer(step, MapLayout.Rows, source.Channels, source.Height, 1) is not { } output) return null;
        Call(new LayerNormCall([step], source, Whole(output), norm));
        return new Value(output, step.Output!, IsShared: false);
    }

    private static (long Before, long Extra) Padding(Convolution convolution, int axis)
    {
        if (convolution.PaddingRule == PaddingRule.Explicit) return (convolution.Padding[axis], 0);
        long total = convolution.Dilation[axis] * (convolution.Kernel[axis] - 1);
        return (total / 2, total % 2);
    }

    private static WindowSize Size(EquatableArray<long> sizes, int inOneDimension = 1) => sizes.Count == 1
        ? new WindowSize(inOneDimension, (int)sizes[0])
        : new WindowSize((int)sizes[0], (int)sizes[1]);

    private EquatableArray<Step> Steps(FusedLayers group) => new([.. group.Members.Select(member => part.Steps[member])]);

    private bool AreUsable(Step step, IEnumerable<long> sizes)
    {
        if (sizes.All(size => size <= LargestMap)) return true;
        obstacle ??= new CpuObstacle(step.Layer, TooLarge);
        return false;
    }
}
