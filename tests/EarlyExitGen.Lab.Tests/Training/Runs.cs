using EarlyExitGen.Lab.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.optim;

namespace EarlyExitGen.Lab.Tests.Training;

/// <summary>Training draws from the process's one random generator: its tests run one at a time, with no others beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public static class RandomNumbers
{
    public const string Name = "random numbers";
}

/// <summary>Short runs of the small network.</summary>
internal static class Runs
{
    public const int Rows = 60;
    public const int BatchSize = 16;
    public const int BatchesPerEpoch = 4;

    public static TrainingBatches Batches(long seed = 7, int rows = Rows)
    {
        (Tensor inputs, Tensor labels) = SmallNet.Points(rows, seed);
        return TrainingBatches.FromTensors(inputs, labels, BatchSize);
    }

    public static TrainingOptions Options() => new()
    {
        Epochs = 6,
        Seed = 11,
        Optimizer = parameters => Adam(parameters, 0.01),
    };

    public static TrainingResult Fit(
        SmallNet net,
        TrainingOptions options,
        TrainingBatches? batches = null,
        TrainingBatches? validation = null,
        IProgress<TrainingProgress>? progress = null) =>
        new EarlyExitTrainer(net, options).Fit(batches ?? Batches(), validation, progress, TestContext.Current.CancellationToken);

    /// <summary>Trains a new network and gives its state.</summary>
    public static string Final(TrainingOptions options, TrainingBatches? batches = null, TrainingBatches? validation = null)
    {
        using SmallNet net = SmallNet.Seeded(3);
        Fit(net, options, batches, validation);
        return State.Of(net);
    }

    /// <summary>Trains a new network, cancelled after that many batches.</summary>
    public static void Interrupted(
        TrainingOptions options, int afterBatches, TrainingBatches? batches = null, TrainingBatches? validation = null)
    {
        using SmallNet net = SmallNet.Seeded(3);
        using CancellationTokenSource cancellation = new();
        TrainingBatches counted = new CancellingBatches(batches ?? Batches(), afterBatches, cancellation);
        Assert.Throws<OperationCanceledException>(
            () => new EarlyExitTrainer(net, options).Fit(counted, validation, cancellation: cancellation.Token));
    }

    /// <summary>Cancels while its given batch is trained on. The batch that the trainer looks at beforehand doesn't count.</summary>
    internal sealed class CancellingBatches(TrainingBatches batches, int cancelAt, CancellationTokenSource cancellation) : TrainingBatches
    {
        private int given = -1;

        public override int? BatchesPerEpoch => batches.BatchesPerEpoch;

        public override IEnumerable<(Tensor Input, Tensor Label)> Epoch(int epoch, long seed)
        {
            foreach ((Tensor Input, Tensor Label) batch in batches.Epoch(epoch, seed))
            {
                if (++given == cancelAt) cancellation.Cancel();
                yield return batch;
            }
        }
    }
}
