using static TorchSharp.torch;

namespace EarlyExitGen.Lab.Training;

internal sealed class TensorBatches : TrainingBatches
{
    private readonly Tensor inputs;
    private readonly Tensor labels;
    private readonly int batchSize;
    private readonly bool shuffle;
    private readonly int rows;

    public TensorBatches(Tensor inputs, Tensor labels, int batchSize, bool shuffle)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        if (inputs.dim() == 0 || inputs.size(0) == 0 || labels.dim() == 0 || labels.size(0) != inputs.size(0))
        {
            throw new ArgumentException(
                $"Inputs and labels need the same number of rows and one at least, but they have the shapes " +
                $"[{string.Join(", ", inputs.shape)}] and [{string.Join(", ", labels.shape)}].",
                nameof(labels));
        }

        this.inputs = inputs;
        this.labels = labels;
        this.batchSize = batchSize;
        this.shuffle = shuffle;
        rows = checked((int)inputs.size(0));
    }

    public override int? BatchesPerEpoch => ((rows - 1) / batchSize) + 1;

    public override IEnumerable<(Tensor Input, Tensor Label)> Epoch(int epoch, long seed)
    {
        long[] order = shuffle ? Shuffled(epoch, seed) : [.. Enumerable.Range(0, rows).Select(row => (long)row)];
        for (int start = 0; start < rows; start += batchSize)
        {
            using Tensor chosen = tensor(order[start..Math.Min(start + batchSize, rows)], device: inputs.device);
            using Tensor input = inputs.index_select(0, chosen);
            using Tensor label = labels.index_select(0, chosen);
            yield return (input, label);
        }
    }

    private long[] Shuffled(int epoch, long seed)
    {
        // The multiplier (2⁶⁴ over the golden ratio) keeps the epochs of neighbouring seeds apart.
        using Generator generator = new(unchecked(((ulong)seed * 0x9E3779B97F4A7C15UL) + (ulong)epoch));
        using Tensor order = randperm(rows, generator: generator);
        return order.data<long>().ToArray();
    }
}
