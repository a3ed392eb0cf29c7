using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Lower;

/// <content>The map that takes the caller's input.</content>
internal sealed partial class CpuPlanner
{
    /// <summary>Where the caller's input goes: as its readers want it.</summary>
    private Value? MakeInput(TensorShape shape, LoweredPart first)
    {
        List<Operation> readers = [.. Readers(first, value: 0)];
        bool isOfMaps = readers.Any(reader => reader is Convolution or BatchNorm or GroupNorm or MaxPool or AvgPool or AdaptiveAvgPool);
        bool isOfRows = !isOfMaps && readers.Any(reader =>
            reader is Linear or LayerNorm or Matmul or Attention or Softmax or Permute or Transpose or Select or Narrow);
        bool isCounted = readers.Count > 0 && readers.All(reader => reader is Flatten or Reshape);
        MapLayout layout = MapLayout.Blocked;
        (long channels, long height, long width) = ChannelsOf(shape);
        if (shape.Rank > 1 && (isCounted || (isOfRows && shape.Rank > 2)))
        {
            (channels, height, width) = (shape.Elements ?? long.MaxValue, 1, 1);
        }
        else if (shape.Rank == 2 && isOfRows)
        {
            (layout, channels, height, width) = (MapLayout.Rows, width, channels, 1);
        }
        else if (channels < Block
            && readers.Count > 0
            && readers.All(reader => reader is Convolution { Groups: 1, PaddingMode: PaddingMode.Zeros }))
        {
            layout = MapLayout.Planar;
        }

        if (channels == 0) return Stop<Value>(null, $"its input {shape} has more dimensions than the kernels take");
        return NewBuffer(null, layout, channels, height, width) is { } buffer ? Of(Written(buffer), shape) : null;
    }

    // Through layers that do nothing; one that only asks for the number of rows is none. Of a part that returns the value itself nothing is known.
    private static IEnumerable<Operation> Readers(LoweredPart part, int value)
    {
        if (value == part.Steps.Count) yield return new Identity("", Argument: null);
        for (int step = 0; step < part.Steps.Count; step++)
        {
            if (part.Steps[step].Layer.Operation is Expand || !part.Steps[step].Layer.Inputs.Contains(value)) continue;
            if (part.Steps[step].Layer.Operation is not Identity) yield return part.Steps[step].Layer.Operation;
            else foreach (Operation reader in Readers(part, step + 1)) yield return reader;
        }
    }
}
