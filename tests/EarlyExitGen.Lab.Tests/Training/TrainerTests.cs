using EarlyExitGen.Lab.Tests.Weights;
using EarlyExitGen.Lab.Training;
using EarlyExitGen.Tests;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.optim;
using static TorchSharp.torch.utils.data;

namespace EarlyExitGen.Lab.Tests.Training;

[Collection(RandomNumbers.Name)]
public class TrainerTests
{
    [Fact]
    public void A_loss_that_is_not_a_number_stops_the_run_names_batch_and_exit_and_changes_no_weight()
    {
        (Tensor inputs, Tensor labels) = SmallNet.Points(Runs.Rows, 7);
        using SmallNet net = SmallNet.Seeded(3);
        string before = "";
        int calls = 0;
        TrainingOptions options = Runs.Options() with
        {
            Loss = (logits, label) =>
            {
                // Three exits a batch: call 19 is exit 1 in the third batch of the second epoch.
                if (calls++ == 19)
                {
                    before = Weights(net);
                    return logits.sum() * float.NaN;
                }

                return nn.functional.cross_entropy(logits, label);
            },
        };
        TrainingDivergedException error = Assert.Throws<TrainingDivergedException>(
            () => Runs.Fit(net, options, TrainingBatches.FromTensors(inputs, labels, Runs.BatchSize)));

        Assert.Equal("SmallNet: the loss of exit 'middle' is NaN in batch 3 of epoch 2 (phase 'joint').", error.Message);
        Assert.Equal((2, 3, "middle"), (error.Epoch, error.Batch, error.Exit));
        Assert.Equal(before, Weights(net));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(1.0)]
    public void Gradients_that_are_not_a_number_stop_the_run_and_change_no_weight(double? clip)
    {
        using SmallNet net = SmallNet.Seeded(3);
        string before = "";
        int calls = 0;
        TrainingOptions options = Runs.Options() with
        {
            ClipGradientNorm = clip,
            Loss = (logits, label) =>
            {
                Tensor loss = nn.functional.cross_entropy(logits, label);
                if (calls++ != 3) return loss;
                before = Weights(net);

                // A value of 0, whose slope is infinite.
                return loss + (logits.sum() * 0).sqrt();
            },
        };
        TrainingDivergedException error = Assert.Throws<TrainingDivergedException>(() => Runs.Fit(net, options));

        Assert.Equal("SmallNet: the norm of the gradients is NaN in batch 2 of epoch 1 (phase 'joint').", error.Message);
        Assert.Null(error.Exit);
        Assert.Equal(before, Weights(net));
    }

    [Theory]
    [InlineData(StoppingMetric.MeanLoss)]
    [InlineData(StoppingMetric.MeanAccuracy)]
    [InlineData(StoppingMetric.LastAccuracy)]
    public void Early_stopping_watches_its_metric_and_keeps_the_last_weights_when_asked_to(StoppingMetric metric)
    {
        const int patience = 3;
        TrainingOptions options = Runs.Options() with
        {
            Epochs = 60,
            Optimizer = parameters => Adam(parameters, 0.05),
            EarlyStopping = new EarlyStopping(patience, minimumImprovement: 0.01, metric, restoreBest: false),
        };
        using SmallNet net = SmallNet.Seeded(3);
        TrainingResult result = Runs.Fit(net, options, validation: Runs.Batches(seed: 8));

        double[] watched = [.. result.Epochs.Select(epoch => metric switch
        {
            StoppingMetric.MeanLoss => -epoch.Validation.Average(exit => exit.Loss),
            StoppingMetric.MeanAccuracy => epoch.Validation.Average(exit => exit.Accuracy),
            _ => epoch.Validation[^1].Accuracy,
        })];
        int best = 0;
        for (int epoch = 1; epoch < watched.Length; epoch++)
        {
            if (watched[epoch] > watched[best] + 0.01) best = epoch;
            Assert.True(epoch - best < patience || epoch == watched.Length - 1, $"Epoch {epoch} should have been the last.");
        }

        Assert.Equal(best + patience, watched.Length - 1);
        Assert.Equal(["joint"], result.StoppedEarly);
        Assert.Equal(Runs.Final(options with { Epochs = watched.Length, EarlyStopping = null }), State.Of(net));
    }

    [Fact]
    public void Early_stopping_on_an_accuracy_that_labels_do_not_tell_is_an_error()
    {
        using LabelsNet net = new();
        TrainingBatches batches = TrainingBatches.FromTensors(zeros(20, 6), zeros(20, 2), 10);
        TrainingOptions options = new() { EarlyStopping = new EarlyStopping(2, metric: StoppingMetric.MeanAccuracy) };

        InvalidOperationException error = Assert.Throws<InvalidOperationException>(
            () => new EarlyExitTrainer(net, options).Fit(batches, batches, cancellation: TestContext.Current.CancellationToken));

        Assert.Equal(
            "LabelsNet: early stopping watches MeanAccuracy of early, last, which is not a number after epoch 1 (phase 'joint'); " +
            "accuracies need class indices as labels.",
            error.Message);
    }

    [Fact]
    public void Early_stopping_ends_each_phase_with_its_best_epoch()
    {
        TrainingOptions options = Runs.Options() with
        {
            Epochs = 40,
            Strategy = TrainingStrategy.Mixed(),
            Optimizer = parameters => Adam(parameters, 0.05),
            EarlyStopping = new EarlyStopping(patience: 3),
        };
        TrainingBatches validation = Runs.Batches(seed: 8);
        using SmallNet net = SmallNet.Seeded(3);
        TrainingResult result = Runs.Fit(net, options, validation: validation);

        Assert.Equal(["backbone", "joint"], result.StoppedEarly);
        EpochResult[] joint = [.. result.Epochs.Where(epoch => epoch.Phase == "joint")];
        double[] losses = [.. joint.Select(epoch => epoch.Validation.Average(exit => exit.Loss))];
        Assert.Equal(losses.Length - 4, Array.IndexOf(losses, losses.Min()));
        Assert.Equal(losses.Min(), MeanLoss(net, validation), 5);
    }

    [Fact]
    public void Early_stopping_without_validation_data_is_an_error() => Assert.Throws<InvalidOperationException>(
        () => Runs.Final(Runs.Options() with { EarlyStopping = new EarlyStopping(1) }));

    [Fact]
    public void Progress_tells_every_epoch_with_every_exit_and_the_time_left()
    {
        List<TrainingProgress> reports = [];
        using SmallNet net = SmallNet.Seeded(3);
        TrainingResult result = Runs.Fit(net, Runs.Options(), validation: Runs.Batches(seed: 8), progress: new Listener(reports.Add));

        TrainingProgress[] completed = [.. reports.Where(report => report.Completed is not null)];
        Assert.Equal(result.Epochs, completed.Select(report => report.Completed));
        Assert.Equal([1, 2, 3, 4, 5, 6], completed.Select(report => report.Epoch));
        Assert.All(completed, report =>
        {
            Assert.Equal(6, report.Epochs);
            Assert.Equal(Runs.BatchesPerEpoch, report.Batch);
            Assert.Equal(["early", "middle", "last"], report.Exits.Select(exit => exit.Exit));
            Assert.All(report.Exits, exit => Assert.InRange(exit.Accuracy, 0, 1));
            Assert.NotNull(report.Remaining);
        });
        Assert.Equal(TimeSpan.Zero, completed[^1].Remaining);
    }

    [Fact]
    public void Progress_of_a_resumed_run_goes_on_where_it_was()
    {
        using TemporaryFolder folder = new();
        List<TrainingProgress> reports = [];
        TrainingOptions options = Runs.Options() with { Checkpoint = new CheckpointOptions(folder.File("run")) };
        Runs.Interrupted(options, (2 * Runs.BatchesPerEpoch) + 1);
        using SmallNet net = SmallNet.Seeded(3);
        TrainingResult result = Runs.Fit(net, options, progress: new Listener(reports.Add));

        Assert.Equal([3, 4, 5, 6], reports.Where(report => report.Completed is not null).Select(report => report.Epoch));
        Assert.Equal(reports.OrderBy(report => report.Elapsed), reports);
        Assert.True(result.Elapsed >= reports[^1].Elapsed);
        Assert.Equal(6, result.Epochs.Length);
    }

    [Fact]
    public void Progress_of_gates_tells_each_gate_and_leaves_out_the_exits_without()
    {
        List<TrainingProgress> reports = [];
        using TwoGatesNet net = GateRuns.Trained();
        TrainingResult run = new GateTrainer(net, GateRuns.Everything())
            .Fit(Runs.Batches(), Runs.Batches(seed: 8), new Listener(reports.Add), TestContext.Current.CancellationToken).Run;

        TrainingProgress[] completed = [.. reports.Where(report => report.Completed is not null)];
        Assert.Equal(run.Epochs, completed.Select(report => report.Completed));
        Assert.All(completed, report =>
        {
            Assert.Equal(("gates", Runs.BatchesPerEpoch), (report.Phase, report.Batch));
            Assert.Equal([false, false, true], report.Exits.Select(exit => double.IsNaN(exit.Accuracy)));
            Assert.NotNull(report.Remaining);
        });
    }

    [Fact]
    public void Any_sequence_and_both_of_TorchSharps_loaders_serve_as_batches()
    {
        (Tensor inputs, Tensor labels) = SmallNet.Points(Runs.Rows, 7);
        string expected = Runs.Final(
            Runs.Options() with { Epochs = 2 }, TrainingBatches.FromTensors(inputs, labels, Runs.BatchSize, shuffle: false));

        TrainingBatches inOrder = TrainingBatches.FromTensors(inputs, labels, Runs.BatchSize, shuffle: false);
        Assert.Equal(expected, Runs.Final(Runs.Options() with { Epochs = 2 }, TrainingBatches.FromSequence(_ => inOrder.Epoch(0, 0))));

        using TensorDataset tensors = TensorDataset(inputs, labels);
        Assert.Equal(
            expected,
            Runs.Final(
                Runs.Options() with { Epochs = 2 },
                TrainingBatches.FromLoader(_ => new IterableDataLoader(tensors, Runs.BatchSize, disposeDataset: false))));

        using Points points = new(inputs, labels);
        Assert.Equal(
            expected,
            Runs.Final(
                Runs.Options() with { Epochs = 2 },
                TrainingBatches.FromLoader(_ => new DataLoader(points, Runs.BatchSize, disposeDataset: false))));
    }

    [Fact]
    public void Shuffled_batches_hold_every_row_once_in_an_order_of_seed_and_epoch()
    {
        Tensor rows = arange(Runs.Rows);
        TrainingBatches batches = TrainingBatches.FromTensors(rows, rows, 7);
        long[] first = Order(batches, 0, 1);
        Assert.Equal(Enumerable.Range(0, Runs.Rows).Select(row => (long)row), first.Order());
        Assert.Equal(first, Order(batches, 0, 1));
        Assert.NotEqual(first, Order(batches, 1, 1));
        Assert.NotEqual(first, Order(batches, 0, 2));
        Assert.Equal(9, batches.BatchesPerEpoch);
    }

    [Fact]
    public void Data_that_make_no_sense_are_errors()
    {
        Assert.Throws<ArgumentException>(() => TrainingBatches.FromTensors(zeros(4, 2), zeros(3), 2));
        Assert.Throws<ArgumentException>(() => TrainingBatches.FromTensors(zeros(0, 2), zeros(0), 2));
        Assert.Throws<InvalidOperationException>(() => Runs.Final(Runs.Options(), TrainingBatches.FromSequence(_ => [])));
        Assert.Throws<InvalidOperationException>(
            () => Runs.Final(Runs.Options() with { Optimizer = parameters => LBFGS(parameters) }));
    }

    [Fact]
    public void Training_leaves_no_tensor_behind()
    {
        TrainingBatches batches = Runs.Batches();
        TrainingOptions options = CheckpointTests.Everything();
        using SmallNet net = SmallNet.Seeded(3);
        TensorLeakAssert.NoneLeft(() => Runs.Fit(net, options, batches));

        using TemporaryFolder folder = new();
        TrainingOptions saved = options with { Checkpoint = new CheckpointOptions(folder.File("run"), everyBatches: 1) };
        Runs.Interrupted(saved, 6, batches);
        TensorLeakAssert.NoneLeft(() => Runs.Fit(net, saved, batches));
    }

    [Fact]
    public void Training_gates_leaves_no_tensor_behind()
    {
        using TemporaryFolder folder = new();
        using TwoGatesNet net = GateRuns.Trained();
        TrainingBatches batches = Runs.Batches();
        CheckpointOptions checkpoint = new(folder.File("gates"), everyBatches: 1);
        GateTrainer trainer = new(net, GateRuns.Everything() with { Checkpoint = checkpoint });
        TensorLeakAssert.NoneLeft(() => trainer.Fit(batches, batches, cancellation: TestContext.Current.CancellationToken));
    }

    private static string Weights(SmallNet net) => string.Join(
        ",", net.named_parameters().Select(named => Convert.ToHexString(State.BytesOf(named.parameter))));

    private static double MeanLoss(SmallNet net, TrainingBatches batches)
    {
        using IDisposable still = no_grad();
        double[] sums = new double[3];
        foreach ((Tensor input, Tensor label) in batches.Epoch(0, 0))
        {
            using ExitLogits logits = net.ForwardAll(input);
            for (int exit = 0; exit < 3; exit++)
            {
                sums[exit] += nn.functional.cross_entropy(logits[exit], label).item<float>() * input.size(0);
            }
        }

        return sums.Average() / Runs.Rows;
    }

    private static long[] Order(TrainingBatches batches, int epoch, long seed) =>
        [.. batches.Epoch(epoch, seed).SelectMany(batch => batch.Input.data<long>().ToArray())];

    private sealed class Listener(Action<TrainingProgress> listen) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => listen(value);
    }

    private sealed class Points(Tensor inputs, Tensor labels) : Dataset
    {
        public override long Count => inputs.size(0);

        public override Dictionary<string, Tensor> GetTensor(long index) => new() { ["data"] = inputs[index], ["label"] = labels[index] };
    }
}
