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

    /// <summary>A value as channels of pixels: [channels, height, width], or [channels, length] as one row of pixels.</summary>
    private MapView? AsChannels(Value value, Step step)
    {
        (long channels, long height, long width) = ChannelsOf(value.Shape);
        CpuBuffer buffer = value.Buffer;
        if (channels == 0) return Stop<MapView>(step, $"no CPU kernel takes {value.Shape}");
        if (buffer.Layout != MapLayout.Rows && buffer.Channels == channels && (long)buffer.Height * buffer.Width == height * width)
        {
            if (buffer.Height != height) buffer.IsReadAsRow = true;
            return new MapView(buffer.Index, (int)channels, (int)height, (int)width);
        }

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
        long elements = (long)buffer.Channels * buffer.Height * buffer.Width;
        if (buffer.Layout == MapLayout.Rows)
        {
            return buffer.Channels % Block == 0 || buffer.Height == 1
                ? new MapView(buffer.Index, (int)elements, 1, 1)
                : Stop<MapView>(step, $"rows of {buffer.Channels} features are not flattened; a multiple of {Block} would be");
        }

        if (buffer.Height * buffer.Width == 1) return Whole(buffer);
        if (NewBuffer(step, MapLayout.Blocked, elements, 1, 1) is not { } row) return null;
        row.IsExclusive = true;
        Call(new ToRowCall([], Whole(buffer), Whole(row)));
        return Whole(row);
    }

    /// <summary>A value as rows of features, each filled up to 16: the view's channels are the features, its height is the rows.</summary>
    private MapView? AsRows(Value value, Step step)
    {
        CpuBuffer buffer = value.Buffer;
        (long rows, long features) = value.Shape.Dimensions is [var first, var second] ? (first, second) : (0, 0);
        if (buffer.Layout == MapLayout.Rows && buffer.Height == rows && buffer.Channels == features) return Whole(buffer);
        if (rows == 0 || features % Block != 0)
        {
            return Stop<MapView>(step, $"no CPU kernel takes {value.Shape}; rows whose features are a multiple of {Block} would do");
        }

        if (AsVector(value, step) is not { } row) return null;
        return row with { Channels = (int)features, Height = (int)rows };
    }

    /// <summary>Whether a step may overwrite a value: nobody reads its map later.</summary>
    private bool IsLastUse(Value value, int step)
    {
        if (value.IsShared) return false;
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
        if (regardless || IsLastUse(value, step)) return buffer;
        if (NewBuffer(part.Steps[step], buffer.Layout, buffer.Channels, buffer.Height, buffer.Width) is not { } copy) return null;
        copy.IsExclusive = buffer.Channels % Block != 0;
        Call(new CopyCall([], Whole(buffer), Whole(copy)));
        return copy;
    }
}
