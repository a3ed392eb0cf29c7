using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Lower;

/// <content>
/// Tensors of the network's own: maps that lie among the weights, in the layout that their reader wants, with what it repeats. Nobody writes
/// to them.
/// </content>
internal sealed partial class CpuPlanner
{
    private readonly Dictionary<(CpuConstant Constant, bool IsMap), CpuBuffer> constants = [];

    private Value? PlanOwnedTensor(Step step, OwnedTensor tensor)
    {
        TensorShape shape = step.Output!;
        if (tensor.Type is { } type and not ElementType.Float32)
        {
            return Stop<Value>(step, $"its elements are {type}, and the CPU kernels take Float32");
        }

        if (tensor.Type is null && tensor.Stored is not null) return Stop<Value>(step, "the source does not tell what its elements are");
        return tensor.Stored is { } stored
            ? HoldConstant(new CpuConstant(step.Layer.Path, stored, shape, shape), isMap: false, step)
            : Stop<Value>(step, UnknownShape(step));
    }

    /// <summary>One row as every row of the batch, which is one row here.</summary>
    private Value? PlanExpansion(int index, Value input)
    {
        Step step = part.Steps[index];
        passedOn.Add(index);
        return Expanded(input, step.Output!, step);
    }

    /// <summary>An operand as it goes with another to a shape: a tensor of the network's own is laid out like that one.</summary>
    private Value? Operand(Value value, Value other, TensorShape shape, Step step)
    {
        if (WholeConstant(value) is not { } constant || value.Shape.Rank != shape.Rank) return Expanded(value, shape, step);
        bool isMap = other.View is null && other.Shape == shape && shape.Rank is 2 or 3;
        return HoldConstant(constant with { Repeated = shape }, isMap, step);
    }

    /// <summary>The tensor of the network's own that a value is, all of it and in its own order; null for any other.</summary>
    private static CpuConstant? WholeConstant(Value value) =>
        value.Buffer.Constant is { } held && held.Repeated == value.Shape && value.View == Of(value.Buffer, value.Shape).View ? held : null;

    /// <param name="isMap">Whether it is laid out as channels of pixels, not as rows of features or a vector.</param>
    private Value? HoldConstant(CpuConstant constant, bool isMap, Step step)
    {
        TensorShape shape = constant.Repeated;
        (long rows, long features) = RowsOf(shape);
        bool isVector = !isMap && (shape.Rank < 2 || rows == 1 || shape.Dimensions[0] == shape.Elements);
        (long channels, long height, long width) = isMap ? ChannelsOf(shape) : isVector ? (shape.Elements ?? long.MaxValue, 1, 1) : (features, rows, 1);
        MapLayout layout = isMap || isVector ? MapLayout.Blocked : MapLayout.Rows;
        if (!constants.TryGetValue((constant, isMap), out CpuBuffer? buffer))
        {
            if (NewBuffer(step, layout, channels, height, width, constant) is not { } made) return null;
            constants.Add((constant, isMap), buffer = made);
        }

        return Of(buffer, shape);
    }
}
