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
        if (AsChannels(input, step) is not { } source || step.Output is null) return null;
        if (!AreUsable(step, [.. convolution.Kernel, .. convolution.Stride, .. convolution.Dilation, .. convolution.Padding])) return null;
        (long Before, long Extra)[] padding =
            [.. Enumerable.Range(0, convolution.Rank).Select(axis => Padding(convolution, axis))];
        long border = padding.Max(sides => sides.Before + sides.Extra);
        if (!AreUsable(step, [border, step.Parameters ?? 0])) return null;
        if (convolution.PaddingMode != PaddingMode.Zeros)
        {
            if (PadWithOwnPixels(source, convolution.PaddingMode, padding, step) is not { } padded) return null;
            source = padded;
            padding = [.. padding.Select(_ => (0L, 0L))];
            border = 0;
        }

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

    /// <summary>A map with what lies around it by another rule than zeros.</summary>
    private MapView? PadWithOwnPixels(MapView source, PaddingMode mode, (long Before, long Extra)[] padding, Step step)
    {
        WindowSize before = Size([.. padding.Select(sides => sides.Before)], inOneDimension: 0);
        WindowSize extra = Size([.. padding.Select(sides => sides.Extra)], inOneDimension: 0);
        long height = source.Height + (2L * before.Rows) + extra.Rows;
        long width = source.Width + (2L * before.Columns) + extra.Columns;
        int spare = mode == PaddingMode.Reflect ? 1 : 0;
        bool suffices = mode == PaddingMode.Replicate
            || (before.Rows + extra.Rows <= source.Height - spare && before.Columns + extra.Columns <= source.Width - spare);
        if (!suffices) return Stop<MapView>(step, "it pads with more pixels than its input has");
        if (NewBuffer(step, MapLayout.Blocked, source.Channels, height, width) is not { } padded) return null;
        Call(new PaddingCall([], source, Whole(padded), mode, before));
        return Whole(padded);
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
        Call(call with { Output = Whole(output), Algorithm = algorithm }, call.Residual is { } residual ? [residual] : []);
        return Of(output, last.Output!);
    }

    private Value? PlanLinear(FusedLayers group, Value input)
    {
        Step step = part.Steps[group.First];
        long features = step.Output!.Dimensions[step.Output.Rank - 1];
        if (Sizes.Product(input.Shape.Elements, features) is not <= LargestMap) return Stop<Value>(step, TooLarge);
        if (input.Shape.Rank >= 2)
        {
            if (AsRows(input, step) is not { } rows) return null;
            if (NewBuffer(step, MapLayout.Rows, features, rows.Height, 1) is not { } outputs) return null;
            Call(new LinearCall(Steps(group), rows, Whole(outputs), OfRows: true, group.Activation));
            return Of(outputs, step.Output!);
        }

        // The weights are packed in the order in which a map's elements lie, so that flattening is no work.
        MapView? source = input.View is null ? Whole(input.Buffer) : AsVector(input, step);
        if (source is null || NewBuffer(step, MapLayout.Blocked, features, 1, 1) is not { } output) return null;
        Call(new LinearCall(Steps(group), source, Whole(output), OfRows: false, group.Activation));
        return Of(output, step.Output!);
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
        return Of(output, step.Output!);
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
        if (regardless && IsSeenElsewhere(input, group.Last))
        {
            return Stop<Value>(part.Steps[group.First], "it overwrites a part, or another arrangement, of what is read later");
        }

        // The kernels clear what lies behind a map's channels, and not behind each row's features.
        if (input.Buffer is { Layout: MapLayout.Rows } rows && rows.Channels % Block != 0 && CpuFusion.FillsUnusedLanes(activation))
        {
            if (Unfolded(input, part.Steps[group.First]) is not { } run) return null;
            input = run;
        }

        if (Overwritable(input, group.Last, regardless) is not { } map) return null;
        Call(new ActivationCall(Steps(group), Whole(map), activation));
        return input with { Buffer = map, IsShared = input.IsShared && map == input.Buffer };
    }

    private Value? PlanPRelu(int index, long weights, Value input)
    {
        Step step = part.Steps[index];
        if (Overwritable(input, index) is not { } map) return null;
        Value own = input with { Buffer = map };
        if ((input.Shape.Rank == 1 ? AsVector(own, step) : AsChannels(own, step)) is not { } view) return null;
        Call(new PReluCall([step], view, (int)weights));
        return Of(buffers[view.Map], step.Output!);
    }

    private Value? PlanGroupNorm(int index, GroupNorm norm, Value input)
    {
        Step step = part.Steps[index];
        if (!AreUsable(step, [norm.Groups]) || Overwritable(input, index) is not { } map) return null;
        Value own = input with { Buffer = map };
        if ((input.Shape.Rank == 1 ? AsVector(own, step) : AsChannels(own, step)) is not { } view) return null;
        Call(new GroupNormCall([step], view, view, norm));
        return Of(buffers[view.Map], step.Output!);
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
