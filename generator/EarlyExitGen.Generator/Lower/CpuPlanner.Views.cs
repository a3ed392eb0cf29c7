using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Lower;

/// <content>How layers see the maps that others wrote, and the copies where they can't.</content>
internal sealed partial class CpuPlanner
{
    private const int Block = Cpu.Memory.FeatureMapLayout.ChannelsPerBlock;

    private static EquatableArray<long> Ones(int count) => new([.. Enumerable.Repeat(1L, count)]);

    private static EquatableArray<long> Zeros(int count) => new([.. Enumerable.Repeat(0L, count)]);

    private static MapView Whole(CpuBuffer buffer) => new(buffer.Index, buffer.Channels, buffer.Height, buffer.Width);

    /// <summary>A shape as channels of pixels; zeros when it has more dimensions.</summary>
    private static (long Channels, long Height, long Width) ChannelsOf(TensorShape shape) => shape.Dimensions switch
    {
        [var channels] => (channels, 1, 1),
        [var channels, var length] => (channels, 1, length),
        [var channels, var rows, var columns] => (channels, rows, columns),
        _ => default,
    };

    /// <summary>The value that a kernel wrote, in the order in which its map has the elements.</summary>
    private static Value Of(CpuBuffer buffer, TensorShape shape)
    {
        StridedView? view = buffer switch
        {
            { Layout: MapLayout.Rows } => StridedView.OfRows(buffer.Height, buffer.Channels).Reshape(shape.Dimensions),
            { Layout: MapLayout.Blocked, Height: 1, Width: 1 } => StridedView.Contiguous(shape.Dimensions),
            _ => null,
        };
        return new Value(buffer, shape, IsShared: false, view);
    }

    /// <summary>A value whose elements are counted by another shape, in the same order.</summary>
    private Value? Counted(Value value, TensorShape shape, Step step)
    {
        if (value.View is null || value.View.Sizes == shape.Dimensions) return value with { Shape = shape };
        if (value.View.Reshape(shape.Dimensions) is { } view) return value with { Shape = shape, View = view };

        // Into rows of the new shape at once, unless the old one's features straddle two of them.
        (long rows, long features) = RowsOf(shape);
        if (shape.Rank > 1 && StridedView.OfRows(rows, features).Reshape(value.View.Sizes) is { } target)
        {
            if (NewBuffer(step, MapLayout.Rows, features, rows, 1) is not { } map) return null;
            map.IsExclusive = features % Block != 0;
            Copy([], value, value.View, map, target);
            return Of(map, shape) with { Source = value.Buffer };
        }

        return Unfolded(value, step) is { } run
            ? run with { Shape = shape, View = StridedView.Contiguous(shape.Dimensions) }
            : null;
    }

    /// <summary>A value as a vector of its elements, which any view can be had of.</summary>
    private Value? Unfolded(Value value, Step step)
    {
        if (AsVector(value, step) is not { } vector) return null;
        StridedView view = StridedView.Contiguous(value.Shape.Dimensions);
        return new Value(buffers[vector.Map], value.Shape, value.IsShared && vector.Map == value.Buffer.Index, view, value.Buffer);
    }

    /// <summary>A value whose elements lie in rows of features or a vector.</summary>
    private Value? Strided(Value value, Step step) => value.View is null ? Unfolded(value, step) : value;

    /// <summary>A value as channels of pixels: [channels, height, width], or [channels, length] as one row of pixels.</summary>
    private MapView? AsChannels(Value value, Step step)
    {
        (long channels, long height, long width) = ChannelsOf(value.Shape);
        CpuBuffer buffer = value.Buffer;
        if (channels == 0) return Stop<MapView>(step, $"no CPU kernel takes {value.Shape}");
        if (value.View is { IsOneRun: true } && height * width == 1) return new MapView(buffer.Index, (int)channels, 1, 1);
        if (value.View is null && buffer.Channels == channels && (long)buffer.Height * buffer.Width == height * width)
        {
            if (buffer.Height != height) buffer.IsReadAsRow = true;
            return new MapView(buffer.Index, (int)channels, (int)height, (int)width);
        }

        if (WholeConstant(value) is { } constant) return HoldConstant(constant, isMap: true, step) is { } held ? Whole(held.Buffer) : null;
        if (AsVector(value, step) is not { } row) return null;
        if (NewBuffer(step, MapLayout.Blocked, channels, height, width) is not { } map) return null;
        map.IsExclusive = true;
        Call(new FromRowCall([], row, Whole(map)));
        return Whole(map);
    }

    /// <summary>A value as one row of its elements in their own order, which is a map of one pixel.</summary>
    private MapView? AsVector(Value value, Step? step)
    {
        CpuBuffer buffer = value.Buffer;
        long elements = value.Shape.Elements ?? long.MaxValue;
        if (value.View is { IsOneRun: true }) return new MapView(buffer.Index, (int)elements, 1, 1);
        if (NewBuffer(step, MapLayout.Blocked, elements, 1, 1) is not { } row) return null;
        row.IsExclusive = true;
        if (value.View is null) Call(new ToRowCall([], Whole(buffer), Whole(row)));
        else Copy([], value, value.View, row, StridedView.Contiguous(value.Shape.Dimensions));
        return Whole(row);
    }

    /// <summary>
    /// A value as rows of its last dimension, each filled up to 16: the view's channels are the features, its height is the rows.
    /// </summary>
    private MapView? AsRows(Value value, Step step, bool copy = false)
    {
        (long rows, long features) = RowsOf(value.Shape);
        if (Strided(value, step) is not { } strided) return null;
        CpuBuffer buffer = strided.Buffer;

        // What lies between the features of two rows is no number of the network's: zero, or what a kernel left there.
        bool areWhole = !copy
            && strided.View!.Reshape([rows, features]) is { Offset: 0 } view
            && (features == 1 || view.Strides[1] == 1)
            && (rows == 1 || view.Strides[0] == StridedView.Padded(features))
            && (features == buffer.Channels || features % Block == 0);
        if (areWhole) return new MapView(buffer.Index, (int)features, (int)rows, 1);
        if (NewBuffer(step, MapLayout.Rows, features, rows, 1) is not { } map) return null;
        map.IsExclusive = features % Block != 0;
        Copy([], strided, strided.View!, map, StridedView.OfRows(rows, features).Reshape(value.Shape.Dimensions)!);
        return Whole(map);
    }

    private static (long Rows, long Features) RowsOf(TensorShape shape)
    {
        long features = shape.Rank == 0 ? 1 : shape.Dimensions[shape.Rank - 1];
        return ((shape.Elements ?? long.MaxValue) / features, features);
    }

    private void Copy(EquatableArray<Step> steps, Value source, StridedView from, CpuBuffer target, StridedView to)
    {
        EquatableArray<CopyLoop> loops =
            [.. StridedView.Loops(from, to).Select(loop => new CopyLoop((int)loop.Size, (int)loop.From, (int)loop.To))];
        Call(new StridedCopyCall(steps, Whole(source.Buffer), (int)from.Offset, Whole(target), (int)to.Offset, loops));
    }

    /// <summary>
    /// Whether an overwritten value is read later in a way that would not see it, or would see more overwritten than the author does.
    /// </summary>
    private bool IsSeenElsewhere(Value value, int step)
    {
        bool isPart = value.View is { } view && view.Elements != (long)value.Buffer.Channels * value.Buffer.Height * value.Buffer.Width;
        return (isPart && !IsLastUse(value, step))
            || (value.Source is { } source && source != value.Buffer && !IsLastUse(value with { Buffer = source }, step));
    }

    /// <summary>Whether a step may overwrite a value: nobody reads its map later.</summary>
    private bool IsLastUse(Value value, int step)
    {
        if (value.IsShared || value.Buffer.Constant is not null) return false;
        for (int later = 0; later < part.Steps.Count; later++)
        {
            if (groups[later].Last <= step) continue;
            if (part.Steps[later].Layer.Inputs.Any(input => values[input]?.Buffer == value.Buffer)) return false;
        }

        return true;
    }

    /// <summary>A value's map to overwrite: its own where nobody reads it later, otherwise a copy.</summary>
    private CpuBuffer? Overwritable(Value value, int step, bool regardless = false)
    {
        CpuBuffer buffer = value.Buffer;
        if (buffer.Constant is null && (regardless || IsLastUse(value, step))) return buffer;
        if (NewBuffer(part.Steps[step], buffer.Layout, buffer.Channels, buffer.Height, buffer.Width) is not { } copy) return null;
        copy.IsExclusive = buffer.Channels % Block != 0;
        Call(new CopyCall([], Whole(buffer), Whole(copy)));
        return copy;
    }
}
