using TorchSharp.Modules;
using static TorchSharp.torch;

namespace EarlyExitGen.Lab.Training;

/// <summary>
/// The batches of a data set, epoch by epoch. A run that is repeated or resumed asks for the same epochs with the same seed and must
/// get the same batches in the same order: order and contents must depend on nothing else but TorchSharp's own random numbers, which a
/// run seeds and a resumed one restores.
/// </summary>
public abstract class TrainingBatches
{
    /// <summary>The number of batches in each epoch; null when it is unknown beforehand.</summary>
    public virtual int? BatchesPerEpoch => null;

    /// <summary>The batches of one epoch.</summary>
    /// <param name="epoch">The epoch, counted from 0 through all phases.</param>
    /// <param name="seed">The run's seed.</param>
    /// <returns>
    /// Inputs [N, …] and labels; for classification, labels are int64 [N]. The tensors live until the next batch is asked for, and it is
    /// the source that disposes of them.
    /// </returns>
    public abstract IEnumerable<(Tensor Input, Tensor Label)> Epoch(int epoch, long seed);

    /// <summary>Batches from tensors in memory.</summary>
    /// <param name="inputs">All inputs, [N, …].</param>
    /// <param name="labels">All labels, [N, …].</param>
    /// <param name="batchSize">Rows in a batch, at least 1; the last batch of an epoch may have fewer.</param>
    /// <param name="shuffle">Whether each epoch has another order, drawn from the run's seed and the epoch.</param>
    /// <exception cref="ArgumentException">The inputs are empty, or their number differs from the labels'.</exception>
    public static TrainingBatches FromTensors(Tensor inputs, Tensor labels, int batchSize, bool shuffle = true) =>
        new TensorBatches(inputs, labels, batchSize, shuffle);

    /// <summary>Batches from any sequence.</summary>
    /// <param name="epoch">Gives the batches of an epoch, counted from 0. A resumed run passes over those that it had already seen.</param>
    public static TrainingBatches FromSequence(Func<int, IEnumerable<(Tensor Input, Tensor Label)>> epoch)
    {
        ArgumentNullException.ThrowIfNull(epoch);
        return new SequenceBatches(epoch);
    }

    /// <summary>Batches from TorchSharp's loader of a <c>Dataset</c>.</summary>
    /// <param name="loader">
    /// Gives the loader of an epoch, counted from 0. Pass a seed or a shuffler that depends on the epoch; without a seed the loader
    /// shuffles anew each time, and no run can be repeated.
    /// </param>
    /// <param name="input">The entry of a batch that holds the inputs.</param>
    /// <param name="label">The entry of a batch that holds the labels.</param>
    public static TrainingBatches FromLoader(Func<int, DataLoader> loader, string input = "data", string label = "label")
    {
        ArgumentNullException.ThrowIfNull(loader);
        return new SequenceBatches(epoch => loader(epoch).Select(batch => (Entry(batch, input), Entry(batch, label))));
    }

    /// <summary>
    /// Batches from TorchSharp's loader of an <c>IterableDataset</c>: each batch's first tensor is the input, its second the label.
    /// </summary>
    /// <param name="loader">Gives the loader of an epoch, as for the other loader.</param>
    public static TrainingBatches FromLoader(Func<int, IterableDataLoader> loader)
    {
        ArgumentNullException.ThrowIfNull(loader);
        return new SequenceBatches(epoch => loader(epoch).Select(batch => batch.Count >= 2
            ? (batch[0], batch[1])
            : throw new InvalidOperationException($"A batch needs an input and a label, but the loader's has {batch.Count} tensors.")));
    }

    private static Tensor Entry(Dictionary<string, Tensor> batch, string name) =>
        batch.TryGetValue(name, out Tensor? tensor)
            ? tensor
            : throw new InvalidOperationException($"The loader's batches have no '{name}', only {string.Join(", ", batch.Keys)}.");
}
