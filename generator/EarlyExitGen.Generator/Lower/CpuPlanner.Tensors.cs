using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Lower;

/// <content>Arithmetic of tensors: what has no weights of its own.</content>
internal sealed partial class CpuPlanner
{
    /// <summary>Another way to count or a part of the elements, which is no work.</summary>
    private Value? PlanView(int index, Value input)
    {
        Step step = part.Steps[index];
        if (Strided(input, step) is not { } value) return null;
        StridedView view = value.View!;
        passedOn.Add(index);
        Value result = value with
        {
            Shape = step.Output!,
            View = step.Layer.Operation switch
            {
                Transpose transpose => view.Permute(Swapped(view.Sizes.Count, Axis(transpose.First, view), Axis(transpose.Second, view))),
                Permute permute => view.Permute([.. permute.Order.Skip(1).Select(dimension => (int)dimension - 1)]),
                Select select => view.Select(
                    Axis(select.Dimension, view),
                    select.Index < 0 ? select.Index + view.Sizes[Axis(select.Dimension, view)] : select.Index),
                Narrow narrow => view.Narrow(Axis(narrow.Dimension, view), narrow.Start, narrow.Length),
                _ => throw new InvalidOperationException($"{step.Layer.Operation.GetType().Name} is no view."),
            },
        };

        // The pixels of a map as a sequence: once for all who read it.
        if (input.View is not null || step.Layer.Operation is not (Transpose or Permute)) return result;
        return AsRows(result, step) is { } rows ? Of(buffers[rows.Map], result.Shape) with { Source = input.Buffer } : null;
    }

    /// <summary>The same elements counted otherwise. A sequence of pixels that becomes a map does so once for all who read it.</summary>
    private Value? PlanReshape(int index, Value input)
    {
        Step step = part.Steps[index];
        PassOn(index, input);
        if (input.View is null || step.Output is not { Rank: 3 } shape) return input;
        if (Counted(input, shape, step) is not { View: { } view } counted) return null;
        bool areChannelsLast = shape.Dimensions[0] > 1 && view.Strides[0] == 1 && view.Strides[2] != 1;
        if (!areChannelsLast) return counted;
        return AsChannels(counted, step) is { } map ? Of(buffers[map.Map], shape) with { Source = input.Buffer } : null;
    }

    private Value? PlanElementwise(Step step, ElementwiseKind kind, Value left, Value right)
    {
        TensorShape output = step.Output!;
        if (kind == ElementwiseKind.Multiply && ScaledMap(left, right, output) is { } scaled)
        {
            return PlanScaling(step, scaled.Map, scaled.Factors);
        }

        if (Operand(left, right, output, step) is not { } first || Operand(right, left, output, step) is not { } second) return null;

        // Vectors are maps of one pixel, unless they are rows already.
        bool areRows = first.View is not null
            && second.View is not null
            && (output.Rank > 1 || first.Buffer.Layout == MapLayout.Rows);
        if ((areRows ? AsRows(first, step) : AsChannels(first, step)) is not { } a) return null;
        if ((areRows ? AsRows(second, step) : AsChannels(second, step)) is not { } b) return null;
        if (areRows && kind == ElementwiseKind.Divide && a.Channels % Block != 0)
        {
            return Stop<Value>(step, $"the CPU kernels divide no rows of {a.Channels} features; a multiple of {Block} would do");
        }

        MapLayout layout = areRows ? MapLayout.Rows : MapLayout.Blocked;
        if (NewBuffer(step, layout, a.Channels, a.Height, a.Width) is not { } map) return null;
        Call(new ElementwiseCall([step], kind, a, b, Whole(map)), b);
        return Of(map, output);
    }

    /// <summary>A map of several pixels and a number for each of its channels.</summary>
    private static (Value Map, Value Factors)? ScaledMap(Value left, Value right, TensorShape output)
    {
        if (isScale(left, right)) return (left, right);
        return isScale(right, left) ? (right, left) : null;

        bool isScale(Value map, Value factors) => map is { View: null, Shape.Rank: 3 }
            && map.Shape == output
            && factors.Shape.Rank == 3
            && factors.Shape.Elements == map.Shape.Dimensions[0]
            && factors.Shape.Dimensions[0] == map.Shape.Dimensions[0];
    }

    private Value? PlanScaling(Step step, Value map, Value factors)
    {
        if (AsVector(factors, step) is not { } scale || AsChannels(map, step) is not { } source) return null;
        if (NewBuffer(step, MapLayout.Blocked, source.Channels, source.Height, source.Width) is not { } output) return null;
        Call(new ScaleChannelsCall([step], source, scale, Whole(output)), scale);
        return Of(output, step.Output!);
    }

    /// <summary>A value whose dimensions of size 1 are repeated to a shape.</summary>
    private Value? Expanded(Value value, TensorShape shape, Step step)
    {
        if (value.Shape == shape) return value;
        return Strided(value, step) is { } strided ? strided with { Shape = shape, View = strided.View!.Expand(shape.Dimensions) } : null;
    }

    private Value? PlanScalar(int index, ScalarArithmetic arithmetic, Value input)
    {
        if (Overwritable(input, index) is not { } map) return null;
        double number = arithmetic.Value;
        (double Scale, double Offset) line = arithmetic.Kind switch
        {
            ElementwiseKind.Add => (1.0, number),
            ElementwiseKind.Subtract => (1.0, -number),
            ElementwiseKind.Multiply => (number, 0.0),
            _ => (1 / number, 0.0),
        };
        Call(new ScaleAndShiftCall([part.Steps[index]], Whole(map), (float)line.Scale, (float)line.Offset));
        return input with { Buffer = map, IsShared = input.IsShared && map == input.Buffer };
    }

    /// <summary>Over the last dimension of rows; another dimension is made the last one first.</summary>
    private Value? PlanSoftmax(int index, Softmax softmax, Value input)
    {
        Step step = part.Steps[index];
        if (Strided(input, step) is not { } value) return null;
        int[] order = Swapped(value.Shape.Rank, Axis(softmax.Dimension, value.View!), value.Shape.Rank - 1);
        StridedView turned = value.View!.Permute(order);
        Value last = value with { View = turned, Shape = new TensorShape(turned.Sizes) };
        if (AsRows(last, step, copy: !IsLastUse(value, index)) is not { } rows) return null;
        Call(new SoftmaxCall([step], rows, softmax.Logarithm));
        return Of(buffers[rows.Map], last.Shape) is { View: { } view } result
            ? result with { View = view.Permute(order), Shape = step.Output! }
            : Stop<Value>(step, TooLarge);
    }

    /// <summary>Over all pixels, or of rows: the dimensions that disappear are made the first ones.</summary>
    private Value? PlanMean(Step step, Mean mean, Value input)
    {
        int rank = input.Shape.Rank;
        HashSet<int> reduced = [.. mean.Dimensions.Select(dimension => (int)(dimension < 0 ? dimension + rank : dimension - 1))];
        if (input.View is null && rank > 1 && reduced.SetEquals(Enumerable.Range(1, rank - 1)))
        {
            return PlanAdaptivePool(step, input, rank - 1);
        }

        if (Strided(input, step) is not { } value) return null;
        StridedView turned = value.View!.Permute(
            [.. Enumerable.Range(0, rank).Where(reduced.Contains), .. Enumerable.Range(0, rank).Where(axis => !reduced.Contains(axis))]);
        long kept = turned.Sizes.Skip(reduced.Count).Aggregate(1L, (product, size) => product * size);
        TensorShape rowsOfKept = new([turned.Elements / kept, kept]);
        if (Counted(value with { View = turned, Shape = new TensorShape(turned.Sizes) }, rowsOfKept, step) is not { } table) return null;
        if (AsRows(table, step) is not { } rows || NewBuffer(step, MapLayout.Blocked, kept, 1, 1) is not { } output) return null;
        Call(new RowMeanCall([step], rows, Whole(output)));
        return Of(output, step.Output!);
    }

    private Value? PlanConcatenation(Step step, Concatenate concatenate)
    {
        TensorShape output = step.Output!;
        int axis = (int)(concatenate.Dimension < 0 ? concatenate.Dimension + output.Rank : concatenate.Dimension - 1);
        bool areRows = output.Rank > 1 && step.Layer.Inputs.All(input => values[input]!.View is not null);
        return axis == 0 && !areRows ? PlanConcatenationOfChannels(step) : PlanConcatenationOfRows(step, axis);
    }

    private Value? PlanConcatenationOfRows(Step step, int axis)
    {
        (long rows, long features) = RowsOf(step.Output!);
        if (NewBuffer(step, MapLayout.Rows, features, rows, 1) is not { } output) return null;
        output.IsExclusive = features % Block != 0;
        Value result = Of(output, step.Output!);
        long start = 0;
        foreach (int read in step.Layer.Inputs)
        {
            if (Strided(values[read]!, step) is not { } source) return null;
            long length = source.Shape.Dimensions[axis];
            Copy(start == 0 ? [step] : [], source, source.View!, output, result.View!.Narrow(axis, start, length));
            start += length;
        }

        return result;
    }

    private Value? PlanConcatenationOfChannels(Step step)
    {
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

        return Of(output, step.Output!);
    }

    /// <summary>Over the last dimensions of rows, or over all dimensions, which are one row then.</summary>
    private Value? PlanLayerNorm(Step step, LayerNorm norm, Value input)
    {
        long features = norm.Shape.Aggregate(1L, (product, size) => product * size);
        TensorShape rowsOfFeatures = new([(input.Shape.Elements ?? long.MaxValue) / features, features]);
        bool isWhole = norm.Shape.Count == input.Shape.Rank;
        MapView? source = isWhole
            ? AsVector(input, step)
            : Strided(input, step) is { } strided && Counted(strided, rowsOfFeatures, step) is { } counted ? AsRows(counted, step) : null;
        if (source is null) return null;
        if (NewBuffer(step, MapLayout.Rows, source.Channels, source.Height, 1) is not { } output) return null;
        Call(new LayerNormCall([step], source, Whole(output), norm));
        return Of(output, step.Output!);
    }

    private static int Axis(long dimension, StridedView view) => (int)(dimension < 0 ? dimension + view.Sizes.Count : dimension - 1);

    private static int[] Swapped(int rank, int first, int second)
    {
        int[] order = [.. Enumerable.Range(0, rank)];
        (order[first], order[second]) = (second, first);
        return order;
    }
}
