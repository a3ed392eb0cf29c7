using EarlyExitGen.Cpu.Weights;
using EarlyExitGen.Lab.Tests.Weights;
using EarlyExitGen.Lab.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.optim;

namespace EarlyExitGen.Lab.Tests.Training;

/// <summary>Training gates survives what training a network survives.</summary>
[Collection(RandomNumbers.Name)]
public sealed class GateCheckpointTests
{
    [Fact]
    public void A_cancelled_run_goes_on_to_the_same_weights_wherever_it_was_cancelled()
    {
        GateTrainingOptions options = GateRuns.Everything();
        string expected = GateRuns.Final(options);
        for (int batch = 0; batch < Runs.BatchesPerEpoch * options.Epochs; batch += 3)
        {
            using TemporaryFolder folder = new();
            GateTrainingOptions saved = options with { Checkpoint = new CheckpointOptions(folder.File("gates")) };
            GateRuns.Interrupted(saved, batch);
            Assert.Equal(expected, GateRuns.Final(saved));
            Assert.Equal(["gates"], folder.Files());
        }
    }

    [Fact]
    public void A_resumed_run_gives_the_result_of_an_uninterrupted_one_and_a_finished_run_is_not_repeated()
    {
        using TemporaryFolder folder = new();
        using TwoGatesNet uninterrupted = GateRuns.Trained();
        GateTrainingResult expected = GateRuns.Fit(uninterrupted, GateRuns.Everything());
        GateTrainingOptions options = GateRuns.Everything() with { Checkpoint = new CheckpointOptions(folder.File("gates")) };
        GateRuns.Interrupted(options, 22);

        // The first goes on, the second finds the run finished.
        for (int run = 0; run < 2; run++)
        {
            using TwoGatesNet net = GateRuns.Trained();
            GateTrainingResult result = GateRuns.Fit(net, options);
            Assert.Equal(State.Of(uninterrupted), State.Of(net));
            Assert.Equal(expected.Gates, result.Gates);
            Assert.Equal(Validation(expected), Validation(result));
        }
    }

    [Fact]
    public void Early_stopping_ends_with_the_best_gates_and_goes_on_to_them_after_an_interruption()
    {
        GateTrainingOptions options = GateRuns.Everything() with
        {
            Epochs = 40,
            Optimizer = parameters => Adam(parameters, 0.1),
            EarlyStopping = new EarlyStopping(patience: 2),
        };
        using TwoGatesNet net = GateRuns.Trained();
        TrainingResult run = GateRuns.Fit(net, options).Run;
        Assert.Equal(["gates"], run.StoppedEarly);
        double[] losses = [.. run.Epochs.Select(epoch => epoch.Validation.Where(exit => exit.Exit != "last").Average(exit => exit.Loss))];
        Assert.Equal(losses.Length - 3, Array.IndexOf(losses, losses.Min()));

        // In the middle of the last epoch, when the best gates are no longer those that train.
        using TemporaryFolder folder = new();
        GateTrainingOptions saved = options with { Checkpoint = new CheckpointOptions(folder.File("gates"), everyBatches: 1) };
        GateRuns.Interrupted(saved, (Runs.BatchesPerEpoch * losses.Length) - 2);
        Assert.Equal(State.Of(net), GateRuns.Final(saved));

        using TwoGatesNet best = GateRuns.Trained();
        GateRuns.Fit(best, options with { Epochs = losses.Length - 2, EarlyStopping = null, Scheduler = Schedule(options.Epochs) });
        Assert.Equal(State.Of(best), State.Of(net));
    }

    [Fact]
    public void The_checkpoint_of_other_options_is_refused_and_changes_nothing()
    {
        using TemporaryFolder folder = new();
        GateTrainingOptions options = GateRuns.Everything() with { Checkpoint = new CheckpointOptions(folder.File("gates")) };
        GateRuns.Interrupted(options, 6);
        using TwoGatesNet net = GateRuns.Trained();
        string before = State.Of(net);

        string message = Refused(net, options with { Target = GateTarget.Agreement, Seed = 12 });

        Assert.Equal(before, State.Of(net));
        Assert.EndsWith(
            "is the checkpoint of another run: Seed was 11 and is 12; Target was Correctness and is Agreement. " +
            "Name another file, or don't resume.",
            message,
            StringComparison.Ordinal);
        message = Refused(net, options with { Optimizer = parameters => SGD(parameters, 0.1) });
        Assert.Contains("another optimiser", message, StringComparison.Ordinal);
        Assert.Equal(before, State.Of(net));
    }

    [Fact]
    public void The_checkpoint_of_another_network_or_of_the_same_trained_otherwise_is_refused_and_changes_nothing()
    {
        using TemporaryFolder folder = new();
        GateTrainingOptions options = GateRuns.Everything() with { Checkpoint = new CheckpointOptions(folder.File("gates")) };
        GateRuns.Interrupted(options, 6);
        using TwoGatesNet trainedOn = GateRuns.Trained(epochs: 2);
        using GatedNet other = new();
        string before = State.Of(trainedOn) + State.Of(other);

        Assert.Contains("what gates leave alone was ", Refused(trainedOn, options), StringComparison.Ordinal);
        Assert.Contains("network was TwoGatesNet (", Refused(other, options), StringComparison.Ordinal);
        Assert.Equal(before, State.Of(trainedOn) + State.Of(other));
    }

    [Fact]
    public void The_checkpoints_of_a_networks_training_and_of_its_gates_refuse_each_other()
    {
        using TemporaryFolder folder = new();
        using TwoGatesNet net = GateRuns.Trained();
        CheckpointOptions checkpoint = new(folder.File("run"));
        TrainingOptions exits = Runs.Options() with { Checkpoint = checkpoint };
        new EarlyExitTrainer(net, exits).Fit(Runs.Batches(), cancellation: TestContext.Current.CancellationToken);

        string message = Refused(net, GateRuns.Everything() with { Checkpoint = checkpoint });
        Assert.Contains("trained was exits and is gates", message, StringComparison.Ordinal);

        GateRuns.Fit(net, GateRuns.Everything() with { Checkpoint = new CheckpointOptions(checkpoint.Path, resume: false) });
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(
            () => new EarlyExitTrainer(net, exits).Fit(Runs.Batches(), cancellation: TestContext.Current.CancellationToken));
        Assert.Contains("trained was gates and is exits", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_truncated_checkpoint_and_a_foreign_file_are_refused_in_one_sentence()
    {
        using TemporaryFolder folder = new();
        GateTrainingOptions options = GateRuns.Everything() with { Checkpoint = new CheckpointOptions(folder.File("gates")) };
        GateRuns.Interrupted(options, 6);
        byte[] whole = File.ReadAllBytes(folder.File("gates"));
        foreach (byte[] content in (byte[][])[whole[..^1], whole[..100], [], "no checkpoint"u8.ToArray()])
        {
            File.WriteAllBytes(folder.File("gates"), content);
            WeightsFileException damaged = Assert.Throws<WeightsFileException>(() => GateRuns.Final(options));
            Assert.Contains(folder.File("gates"), damaged.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', damaged.Message);
            Assert.Equal(content, File.ReadAllBytes(folder.File("gates")));
        }

        SafetensorsFile.Create([]).Write(folder.File("gates"));
        WeightsFileException foreign = Assert.Throws<WeightsFileException>(() => GateRuns.Final(options));
        Assert.Equal($"{folder.File("gates")} is no training checkpoint of version 2.", foreign.Message);
    }

    [Fact]
    public void A_loss_that_is_not_a_number_stops_the_run_names_batch_and_exit_and_changes_no_weight()
    {
        using TemporaryFolder folder = new();
        using TwoGatesNet net = GateRuns.Trained();
        string before = "";
        int given = 0;
        TrainingBatches whole = Runs.Batches();
        TrainingBatches batches = TrainingBatches.FromSequence(epoch => whole.Epoch(epoch, 11).Select(batch =>
        {
            // The trainer looks at one batch beforehand: this is the third batch of the second epoch.
            if (given++ != 1 + Runs.BatchesPerEpoch + 2) return batch;
            before = Parameters(net);
            return (batch.Input * float.NaN, batch.Label);
        }));
        GateTrainingOptions options = GateRuns.Everything() with
        {
            Scheduler = null,
            Checkpoint = new CheckpointOptions(folder.File("gates"), everyBatches: 1),
        };

        TrainingDivergedException error = Assert.Throws<TrainingDivergedException>(() => GateRuns.Fit(net, options, batches));

        Assert.Equal("TwoGatesNet: the loss of exit 'early' is NaN in batch 3 of epoch 2 (phase 'gates').", error.Message);
        Assert.Equal((2, 3, "early"), (error.Epoch, error.Batch, error.Exit));
        Assert.Equal(before, Parameters(net));
    }

    [Fact]
    public void Only_the_gates_change_and_their_dropout_and_statistics_take_part()
    {
        using TwoGatesNet untrained = GateRuns.Trained();
        using TwoGatesNet net = GateRuns.Trained();
        GateRuns.Fit(net, GateRuns.Everything());
        Assert.False(net.training);
        Dictionary<string, Tensor> before = untrained.state_dict();
        foreach ((string name, Tensor value) in net.state_dict())
        {
            bool changed = !State.BytesOf(value).SequenceEqual(State.BytesOf(before[name]));
            Assert.True(changed == name.StartsWith("halt", StringComparison.Ordinal), name);
        }

        // The order of the batches aside, only dropout draws from the seed.
        TrainingBatches batches = Runs.Batches();
        TrainingBatches inOrder = TrainingBatches.FromSequence(epoch => batches.Epoch(epoch, 11));
        using TwoGatesNet sameOrder = GateRuns.Trained();
        using TwoGatesNet otherSeed = GateRuns.Trained();
        GateRuns.Fit(sameOrder, GateRuns.Everything() with { Scheduler = null }, inOrder);
        GateRuns.Fit(otherSeed, GateRuns.Everything() with { Scheduler = null, Seed = 12 }, inOrder);
        Assert.NotEqual(State.Of(sameOrder), State.Of(otherSeed));
    }

    private static Func<Optimizer, int, lr_scheduler.LRScheduler> Schedule(int epochs) =>
        (optimizer, _) => lr_scheduler.CosineAnnealingLR(optimizer, epochs * Runs.BatchesPerEpoch);

    private static IEnumerable<ExitMetrics> Validation(GateTrainingResult result) =>
        result.Run.Epochs.SelectMany(epoch => epoch.Validation);

    private static string Refused(EarlyExitModule net, GateTrainingOptions options) =>
        Assert.Throws<InvalidOperationException>(() => GateRuns.Fit(net, options)).Message;

    private static string Parameters(TwoGatesNet net) => string.Join(
        ",", net.named_parameters().Select(named => Convert.ToHexString(State.BytesOf(named.parameter))));
}
