using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Lower;

/// <summary>
/// Where the elements of a value lie in a map whose memory is rows of features or one vector: index (i, j, …) is at the offset plus each
/// index times its stride. Changes of shape that are no more than another way to count cost nothing this way.
/// </summary>
internal sealed record StridedView(long Offset, EquatableArray<long> Sizes, EquatableArray<long> Strides)
{
    private const int Block = Cpu.Memory.FeatureMapLayout.ChannelsPerBlock;

    /// <summary>Whether it is all elements from the map's first on, in order, without a gap.</summary>
    public bool IsOneRun => Offset == 0 && Runs() is [] or [(_, 1)];

    public long Elements => Sizes.Aggregate(1L, (product, size) => product * size);

    /// <summary>Elements one after the other.</summary>
    public static StridedView Contiguous(EquatableArray<long> sizes) => new(0, sizes, Steps(sizes));

    /// <summary>Rows of features, each filled up to a multiple of 16.</summary>
    public static StridedView OfRows(long rows, long features) => new(0, [rows, features], [Padded(features), 1]);

    public static long Padded(long features) => (features + Block - 1) / Block * Block;

    /// <summary>The same elements in the same order, counted otherwise; null when no strides do that.</summary>
    public StridedView? Reshape(EquatableArray<long> sizes)
    {
        List<(long Size, long Stride)> runs = Runs();
        long[] strides = new long[sizes.Count];
        int run = runs.Count - 1;
        long taken = 1;
        for (int axis = sizes.Count - 1; axis >= 0; axis--)
        {
            if (sizes[axis] == 1)
            {
                strides[axis] = 1;
                continue;
            }

            // The new dimension must lie within what is left of one run.
            if (run < 0 || runs[run].Size % (taken * sizes[axis]) != 0) return null;
            strides[axis] = runs[run].Stride * taken;
            taken *= sizes[axis];
            if (taken < runs[run].Size) continue;
            run--;
            taken = 1;
        }

        return run < 0 ? new StridedView(Offset, sizes, [.. strides]) : null;
    }

    /// <summary>Other order of dimensions: dimension i of the result is dimension order[i] of this.</summary>
    public StridedView Permute(IReadOnlyList<int> order) =>
        this with { Sizes = [.. order.Select(axis => Sizes[axis])], Strides = [.. order.Select(axis => Strides[axis])] };

    /// <summary>A part of a dimension.</summary>
    public StridedView Narrow(int axis, long start, long length) =>
        this with { Offset = Offset + (start * Strides[axis]), Sizes = [.. Sizes.Select((size, other) => other == axis ? length : size)] };

    /// <summary>One position of a dimension, which disappears.</summary>
    public StridedView Select(int axis, long index) => new(
        Offset + (index * Strides[axis]),
        [.. Sizes.Where((_, other) => other != axis)],
        [.. Strides.Where((_, other) => other != axis)]);

    /// <summary>Dimensions of size 1 repeated to other sizes.</summary>
    public StridedView Expand(EquatableArray<long> sizes) =>
        this with { Sizes = sizes, Strides = [.. Strides.Select((stride, axis) => Sizes[axis] == sizes[axis] ? stride : 0)] };

    /// <summary>The fewest loops that visit the elements of two views of the same sizes in step; at least one.</summary>
    public static List<(long Size, long From, long To)> Loops(StridedView source, StridedView target)
    {
        List<(long Size, long From, long To)> loops = [];
        for (int axis = 0; axis < source.Sizes.Count; axis++)
        {
            (long size, long from, long to) = (source.Sizes[axis], source.Strides[axis], target.Strides[axis]);
            if (size == 1) continue;
            if (loops.Count > 0 && loops[^1].From == from * size && loops[^1].To == to * size)
            {
                loops[^1] = (loops[^1].Size * size, from, to);
            }
            else
            {
                loops.Add((size, from, to));
            }
        }

        if (loops.Count == 0) loops.Add((1, 1, 1));
        return loops;
    }

    private List<(long Size, long Stride)> Runs()
    {
        List<(long Size, long Stride)> runs = [];
        for (int axis = 0; axis < Sizes.Count; axis++)
        {
            if (Sizes[axis] == 1) continue;
            if (runs.Count > 0 && runs[^1].Stride == Strides[axis] * Sizes[axis]) runs[^1] = (runs[^1].Size * Sizes[axis], Strides[axis]);
            else runs.Add((Sizes[axis], Strides[axis]));
        }

        return runs;
    }

    private static EquatableArray<long> Steps(EquatableArray<long> sizes)
    {
        long[] strides = new long[sizes.Count];
        long step = 1;
        for (int axis = sizes.Count - 1; axis >= 0; axis--)
        {
            strides[axis] = step;
            step *= sizes[axis];
        }

        return [.. strides];
    }
}
