using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Lower;

/// <content>Products of tensors: matrices and attention.</content>
internal sealed partial class CpuPlanner
{
    private Value? PlanMatrixProduct(Step step, Value left, Value right)
    {
        TensorShape output = step.Output!;
        int rank = output.Rank;
        (long rows, long columns) = (output.Dimensions[rank - 2], output.Dimensions[rank - 1]);
        long inner = left.Shape.Dimensions[rank - 1];
        EquatableArray<long> stack = [.. output.Dimensions.Take(rank - 2)];
        if (AsMatrices(left, stack, step, sideBySide: true) is not ({ } a, var leftPlace)) return null;
        if (AsMatrices(right, stack, step) is not ({ } b, var rightPlace)) return null;
        (long all, long _) = RowsOf(output);
        if (NewBuffer(step, MapLayout.Rows, columns, all, 1) is not { } product) return null;
        if (Sizes.Product(inner, columns + Block) is not <= LargestMap) return Stop<Value>(step, TooLarge);
        Call(
            new MatrixProductCall(
                [step], a, leftPlace, b, rightPlace, Whole(product), (int)(all / rows), (int)rows, (int)inner, (int)columns),
            b);
        return Of(product, output);
    }

    private Value? PlanAttention(Step step, bool isCausal, Value queries, Value keys, Value values)
    {
        TensorShape output = step.Output!;
        int rank = output.Rank;
        EquatableArray<long> stack = [.. output.Dimensions.Take(rank - 2)];
        if (AsMatrices(queries, stack, step, sideBySide: true) is not ({ } q, var queryPlace)) return null;
        if (AsMatrices(keys, stack, step) is not ({ } k, var keyPlace)) return null;
        if (AsMatrices(values, stack, step) is not ({ } v, var valuePlace)) return null;
        (long length, long width) = (output.Dimensions[rank - 2], output.Dimensions[rank - 1]);
        (long keyCount, long features) = (keys.Shape.Dimensions[rank - 2], keys.Shape.Dimensions[rank - 1]);
        long heads = stack.Aggregate(1L, (product, size) => product * size);
        if (Sizes.Product(keyCount + Block, features + width + 64) is not <= LargestMap) return Stop<Value>(step, TooLarge);

        // Head beside head, as those who merge heads want them.
        if (NewBuffer(step, MapLayout.Rows, heads * width, length, 1) is not { } map) return null;
        StridedView rows = StridedView.OfRows(length, heads * width);
        AttentionSize size = new((int)heads, (int)length, (int)keyCount, (int)features, (int)width, isCausal);
        MatrixPlace target = new(0, (int)width, (int)rows.Strides[0], 1);
        Call(new AttentionCall([step], q, queryPlace, k, keyPlace, v, valuePlace, Whole(map), target, size), k, v);
        StridedView view = rows.Reshape([length, .. stack, width])!.Permute([.. Enumerable.Range(1, rank - 2), 0, rank - 1]);
        return new Value(map, output, IsShared: false, view);
    }

    /// <summary>A value as matrices of its last two dimensions, repeated where others have more of them.</summary>
    /// <param name="sideBySide">Whether the elements of a row must lie side by side.</param>
    private (MapView? Map, MatrixPlace Place) AsMatrices(Value value, EquatableArray<long> stack, Step step, bool sideBySide = false)
    {
        TensorShape shape = value.Shape;
        (long rows, long columns) = (shape.Dimensions[shape.Rank - 2], shape.Dimensions[shape.Rank - 1]);
        if (Expanded(value, new TensorShape([.. stack, rows, columns]), step) is not { } whole) return default;
        if (Strided(whole, step) is not { } strided) return default;
        long matrices = stack.Aggregate(1L, (product, size) => product * size);
        StridedView? view = strided.View!.Reshape([matrices, rows, columns]);
        if (view is not null && (!sideBySide || columns == 1 || view.Strides[2] == 1)) return (Whole(strided.Buffer), Place(view));
        if (AsRows(strided, step, copy: true) is not { } copied) return default;
        return (copied, Place(StridedView.OfRows(copied.Height, columns).Reshape([matrices, rows, columns])!));
    }

    // Where there is one element, the stride is of no consequence.
    private static MatrixPlace Place(StridedView view) => new(
        (int)view.Offset, (int)view.Strides[0], (int)view.Strides[1], view.Sizes[2] == 1 ? 1 : (int)view.Strides[2]);
}
