using System.Collections.Immutable;

namespace EarlyExitGen.Generator.Model;

/// <content>The operations without weights. Dimensions are counted with the batch, which is dimension 0 and stays there.</content>
internal static partial class ShapeRules
{
    private static InferredShape InferElementwise(TensorShape left, TensorShape right)
    {
        // Aligned from the end, as libtorch does it: with fewer dimensions one of them would meet the other's batch.
        if (left.Rank != right.Rank) return new ShapeMisfit(MisfitKind.Rank, left.ToString(), right.ToString());
        long[] result = new long[left.Rank];
        for (int axis = 0; axis < result.Length; axis++)
        {
            (long a, long b) = (left.Dimensions[axis], right.Dimensions[axis]);
            if (a != b && a != 1 && b != 1) return new ShapeMisfit(MisfitKind.Operands, left.ToString(), right.ToString());
            result[axis] = a == 1 ? b : a;
        }

        return Shape(result);
    }

    private static InferredShape InferConcatenate(Concatenate concatenate, List<TensorShape> inputs)
    {
        TensorShape first = inputs[0];
        if (Axis(concatenate.Dimension, first) is not { } axis) return BadDimension(concatenate.Dimension, first);
        long sum = 0;
        foreach (TensorShape input in inputs)
        {
            bool fits = input.Rank == first.Rank && Enumerable.Range(0, first.Rank).All(
                other => other == axis || input.Dimensions[other] == first.Dimensions[other]);
            if (!fits) return new ShapeMisfit(MisfitKind.Operands, first.ToString(), input.ToString());
            sum += input.Dimensions[axis];
        }

        return With(first, axis, sum);
    }

    private static InferredShape InferMatmul(TensorShape left, TensorShape right)
    {
        // With fewer than two dimensions of its own an operand is no matrix, and would be multiplied across the batch.
        if (left.Rank != right.Rank || left.Rank < 2) return new ShapeMisfit(MisfitKind.Rank, left.ToString(), right.ToString());
        int rows = left.Rank - 2;
        int columns = left.Rank - 1;
        if (left.Dimensions[columns] != right.Dimensions[rows]) return new ShapeMisfit(MisfitKind.Operands, left.ToString(), right.ToString());

        long[] result = [.. left.Dimensions];
        result[columns] = right.Dimensions[columns];
        for (int axis = 0; axis < rows; axis++)
        {
            (long a, long b) = (left.Dimensions[axis], right.Dimensions[axis]);
            if (a != b && a != 1 && b != 1) return new ShapeMisfit(MisfitKind.Operands, left.ToString(), right.ToString());
            result[axis] = a == 1 ? b : a;
        }

        return Shape(result);
    }

    private static InferredShape InferAttention(List<TensorShape> inputs)
    {
        (TensorShape query, TensorShape key, TensorShape value) = (inputs[0], inputs[1], inputs[2]);
        int width = query.Rank - 1;
        bool fits = query.Rank >= 2
            && key.Rank == query.Rank
            && value.Rank == query.Rank
            && key.Dimensions[width] == query.Dimensions[width]
            && key.Dimensions[width - 1] == value.Dimensions[width - 1]
            && Enumerable.Range(0, width - 1).All(axis =>
                key.Dimensions[axis] == query.Dimensions[axis] && value.Dimensions[axis] == query.Dimensions[axis]);
        if (fits && inputs.Count > 3)
        {
            TensorShape scores = With(query, width, key.Dimensions[width - 1]);
            if (!IsRepeatedTo(inputs[3], scores)) return new ShapeMisfit(MisfitKind.Operands, scores.ToString(), inputs[3].ToString());
        }

        return fits
            ? With(query, width, value.Dimensions[width])
            : new ShapeMisfit(MisfitKind.Operands, query.ToString(), $"{key} and {value}");
    }

    private static InferredShape InferMaskedFill(TensorShape input, TensorShape mask) =>
        IsRepeatedTo(mask, input) ? input : new ShapeMisfit(MisfitKind.Operands, input.ToString(), mask.ToString());

    // With fewer dimensions one of them would meet the other's batch.
    private static bool IsRepeatedTo(TensorShape shape, TensorShape target) => shape.Rank == target.Rank
        && Enumerable.Range(0, shape.Rank).All(axis => shape.Dimensions[axis] == 1 || shape.Dimensions[axis] == target.Dimensions[axis]);

    private static InferredShape InferReduction(EquatableArray<long> dimensions, bool keep, TensorShape input)
    {
        HashSet<int> reduced = [];
        foreach (long dimension in dimensions)
        {
            if (Axis(dimension, input) is not { } axis || !reduced.Add(axis)) return BadDimension(dimension, input);
        }

        return keep
            ? Shape([.. input.Dimensions.Select((size, axis) => reduced.Contains(axis) ? 1 : size)])
            : Shape([.. input.Dimensions.Where((_, axis) => !reduced.Contains(axis))]);
    }

    private static InferredShape InferReshape(Reshape reshape, TensorShape input)
    {
        if (input.Elements is not { } elements) return default;
        long? known = Sizes.Product(reshape.Shape.Where(size => size != -1).Select(size => (long?)size));
        int open = reshape.Shape.Count(size => size == -1);
        bool fits = reshape.Shape.All(size => size is -1 or > 0)
            && known is { } product
            && (open == 0 ? product == elements : open == 1 && elements % product == 0);
        return fits
            ? Shape([.. reshape.Shape.Select(size => size == -1 ? elements / known!.Value : size)])
            : new ShapeMisfit(MisfitKind.Arguments, $"a shape of {elements} elements", new TensorShape(reshape.Shape).ToString());
    }

    private static InferredShape InferPermute(Permute permute, TensorShape input)
    {
        bool fits = permute.Order.Count == input.Rank + 1
            && permute.Order[0] == 0
            && permute.Order.OrderBy(dimension => dimension).SequenceEqual(Enumerable.Range(0, input.Rank + 1).Select(axis => (long)axis));
        return fits
            ? Shape([.. permute.Order.Skip(1).Select(dimension => input.Dimensions[(int)dimension - 1])])
            : new ShapeMisfit(
                MisfitKind.Arguments, $"an order of the dimensions 0 to {input.Rank} with the batch, 0, in its place",
                $"[{string.Join(",", permute.Order)}]");
    }

    private static InferredShape InferTranspose(Transpose transpose, TensorShape input)
    {
        if (Axis(transpose.First, input) is not { } first) return BadDimension(transpose.First, input);
        if (Axis(transpose.Second, input) is not { } second) return BadDimension(transpose.Second, input);
        long[] result = [.. input.Dimensions];
        (result[first], result[second]) = (result[second], result[first]);
        return Shape(result);
    }

    private static InferredShape InferExpand(Expand expand, TensorShape input)
    {
        bool fits = expand.Shape.Count == input.Rank && Enumerable.Range(0, input.Rank).All(axis =>
            expand.Shape[axis] == -1 || expand.Shape[axis] == input.Dimensions[axis] || input.Dimensions[axis] == 1);
        return fits
            ? Shape([.. expand.Shape.Select((size, axis) => size == -1 ? input.Dimensions[axis] : size)])
            : new ShapeMisfit(MisfitKind.Operands, input.ToString(), new TensorShape(expand.Shape).ToString());
    }

    private static InferredShape InferSelect(Select select, TensorShape input)
    {
        if (Axis(select.Dimension, input) is not { } axis) return BadDimension(select.Dimension, input);
        long size = input.Dimensions[axis];
        return select.Index >= -size && select.Index < size
            ? Without(input, axis)
            : new ShapeMisfit(MisfitKind.Arguments, $"an index below {size}", $"{select.Index}");
    }

    private static InferredShape InferNarrow(Narrow narrow, TensorShape input)
    {
        if (Axis(narrow.Dimension, input) is not { } axis) return BadDimension(narrow.Dimension, input);
        long size = input.Dimensions[axis];
        return narrow is { Start: >= 0, Length: > 0 } && narrow.Start <= size - narrow.Length
            ? With(input, axis, narrow.Length)
            : new ShapeMisfit(MisfitKind.Arguments, $"a range within {size}", $"{narrow.Length} from {narrow.Start}");
    }

    private static InferredShape InferUnsqueeze(Unsqueeze unsqueeze, TensorShape input)
    {
        long dimension = unsqueeze.Dimension < 0 ? unsqueeze.Dimension + input.Rank + 2 : unsqueeze.Dimension;
        if (dimension < 1 || dimension > input.Rank + 1) return BadDimension(unsqueeze.Dimension, input);
        List<long> result = [.. input.Dimensions];
        result.Insert((int)dimension - 1, 1);
        return Shape([.. result]);
    }

    private static InferredShape InferSqueeze(Squeeze squeeze, TensorShape input)
    {
        if (Axis(squeeze.Dimension, input) is not { } axis) return BadDimension(squeeze.Dimension, input);
        return input.Dimensions[axis] == 1 ? Without(input, axis) : input;
    }

    /// <summary>The place of a dimension in a sample's shape; null for the batch, or when there is none such.</summary>
    private static int? Axis(long dimension, TensorShape input)
    {
        long counted = dimension < 0 ? dimension + input.Rank + 1 : dimension;
        return counted >= 1 && counted <= input.Rank ? (int)counted - 1 : null;
    }

    private static ShapeMisfit BadDimension(long dimension, TensorShape input) =>
        new(MisfitKind.Arguments, $"a dimension from 1 to {input.Rank} (0 is the batch)", $"{dimension}");

    private static TensorShape Shape(long[] dimensions) => new(new(ImmutableArray.Create(dimensions)));

    private static TensorShape With(TensorShape shape, int axis, long size)
    {
        long[] dimensions = [.. shape.Dimensions];
        dimensions[axis] = size;
        return Shape(dimensions);
    }

    private static TensorShape Without(TensorShape shape, int axis) => Shape([.. shape.Dimensions.Where((_, other) => other != axis)]);
}
