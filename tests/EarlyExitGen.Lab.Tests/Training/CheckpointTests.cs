using EarlyExitGen.Cpu.Weights;
using EarlyExitGen.Lab.Tests.Weights;
using EarlyExitGen.Lab.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch.optim;
using static TorchSharp.torch.optim.lr_scheduler;

namespace EarlyExitGen.Lab.Tests.Training;

[Collection(RandomNumbers.Name)]
public class CheckpointTests
{
    private static readonly Dictionary<string, Func<IReadOnlyList<Parameter>, Optimizer>> Optimizers = new()
    {
        [nameof(SGD)] = parameters => SGD(parameters, 0.01, momentum: 0.9, nesterov: true),
        [nameof(Adam)] = parameters => Adam(parameters, amsgrad: true),
        [nameof(AdamW)] = parameters => AdamW(parameters, amsgrad: true),
        [nameof(Adamax)] = parameters => Adamax(parameters),
        [nameof(NAdam)] = parameters => NAdam(parameters),
        [nameof(RAdam)] = parameters => RAdam(parameters),
        [nameof(RMSProp)] = parameters => RMSProp(parameters, momentum: 0.9, centered: true),
        [nameof(Rprop)] = parameters => Rprop(parameters),
        [nameof(Adagrad)] = parameters => Adagrad(parameters, lr_decay: 0.01),
        [nameof(Adadelta)] = parameters => Adadelta(parameters),
        [nameof(ASGD)] = parameters => ASGD(parameters),
    };

    private static readonly Dictionary<string, Func<Optimizer, int, LRScheduler>> Schedulers = new()
    {
        ["cosine"] = (optimizer, steps) => CosineAnnealingLR(optimizer, steps),
        ["steps"] = (optimizer, _) => StepLR(optimizer, 2, 0.5),
        ["one cycle"] = (optimizer, steps) => OneCycleLR(optimizer, 0.02, total_steps: steps + 1),
        ["chain"] = (optimizer, _) => ChainedLR([ExponentialLR(optimizer, 0.9), StepLR(optimizer, 2, 0.5)]),
        ["lambda"] = (optimizer, steps) => LambdaLR(optimizer, step => 1 - ((double)step / (steps + 1))),
        ["sequence"] = (optimizer, steps) => SequentialLR(
            optimizer, [ConstantLR(optimizer, 0.2, 2), CosineAnnealingLR(optimizer, steps)], [2]),
        ["plateau"] = (optimizer, _) => ReduceLROnPlateau(optimizer, factor: 0.3, patience: 0, threshold: 0.9),
        ["own"] = (optimizer, _) => new HalvingScheduler(optimizer),
        ["own that watches the loss"] = (optimizer, _) => new LossScheduler(optimizer),
    };

    private static readonly Dictionary<string, TrainingStrategy> Strategies = new()
    {
        ["joint"] = TrainingStrategy.Joint(),
        ["separate"] = TrainingStrategy.Separate(),
        ["mixed"] = TrainingStrategy.Mixed(),
        ["progressive, last exit first"] = TrainingStrategy.Progressive(),
        ["progressive, first exit first"] = TrainingStrategy.Progressive(ProgressiveOrder.FromFirstExit),
        ["alternating"] = TrainingStrategy.Alternating(),
        ["alternating after a warm-up"] = TrainingStrategy.Alternating().WithWarmUp(2),
    };

    public static TheoryData<string> OptimizerNames => [.. Optimizers.Keys];

    public static TheoryData<string> SchedulerNames => [.. Schedulers.Keys];

    public static TheoryData<string> StrategyNames => [.. Strategies.Keys];

    [Fact]
    public void The_same_seed_gives_the_same_weights_and_another_seed_others()
    {
        string first = Runs.Final(Runs.Options());
        Assert.Equal(first, Runs.Final(Runs.Options()));
        Assert.NotEqual(first, Runs.Final(Runs.Options() with { Seed = 12 }));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    public void A_checkpoint_changes_nothing(int everyBatches)
    {
        using TemporaryFolder folder = new();
        TrainingOptions options = Runs.Options();
        Assert.Equal(
            Runs.Final(options), Runs.Final(options with { Checkpoint = new CheckpointOptions(folder.File("run"), everyBatches) }));
        Assert.Equal(["run"], folder.Files());
    }

    [Fact]
    public void A_cancelled_run_goes_on_to_the_same_weights_wherever_it_was_cancelled()
    {
        string expected = Runs.Final(Everything());
        for (int batch = 0; batch < Runs.BatchesPerEpoch * Everything().Epochs; batch += 3)
        {
            using TemporaryFolder folder = new();
            TrainingOptions options = Everything() with { Checkpoint = new CheckpointOptions(folder.File("run")) };
            Runs.Interrupted(options, batch);
            Assert.Equal(expected, Runs.Final(options));
        }
    }

    [Theory]
    [MemberData(nameof(StrategyNames))]
    public void Every_strategy_goes_on_to_the_same_weights_from_the_middle_of_any_epoch(string name)
    {
        TrainingOptions options = Runs.Options() with { Strategy = Strategies[name] };
        string expected = Runs.Final(options);

        // The second and the third batch of each epoch in turn: alternating training has an odd and an even batch behind it.
        for (int epoch = 0; epoch < options.Epochs; epoch++)
        {
            using TemporaryFolder folder = new();
            TrainingOptions saved = options with { Checkpoint = new CheckpointOptions(folder.File("run")) };
            Runs.Interrupted(saved, (epoch * Runs.BatchesPerEpoch) + 1 + (epoch % 2));
            Assert.Equal(expected, Runs.Final(saved));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(6)]
    public void Batches_that_draw_their_order_and_contents_as_they_are_made_are_the_same_after_an_interruption(int batch)
    {
        using TemporaryFolder folder = new();
        TrainingBatches still = Runs.Batches();
        TrainingBatches noisy = TrainingBatches.FromSequence(
            _ => still.Epoch(epoch: (int)torch.randint(1000, 1).item<long>(), seed: 11)
                .Select(made => (made.Input + torch.randn_like(made.Input), made.Label)));
        string expected = Runs.Final(Runs.Options(), noisy);
        Assert.NotEqual(expected, Runs.Final(Runs.Options(), still));
        TrainingOptions options = Runs.Options() with { Checkpoint = new CheckpointOptions(folder.File("run"), everyBatches: 1) };
        Runs.Interrupted(options, batch, noisy);
        Assert.Equal(expected, Runs.Final(options, noisy));
    }

    [Fact]
    public void A_scheduler_that_watches_the_loss_is_given_the_validation_loss()
    {
        using SmallNet net = SmallNet.Seeded(3);
        LossScheduler? scheduler = null;
        TrainingOptions options = Runs.Options() with { Scheduler = (optimizer, _) => scheduler = new LossScheduler(optimizer) };
        TrainingResult result = Runs.Fit(net, options, validation: Runs.Batches(seed: 8));
        Assert.Equal(result.Epochs.Select(epoch => epoch.Validation.Average(exit => exit.Loss)), scheduler!.Watched);

        InvalidOperationException error = Assert.Throws<InvalidOperationException>(
            () => Runs.Fit(net, options with { SchedulerInterval = SchedulerInterval.Batch }));
        Assert.Equal("A scheduler that watches the loss moves on after each epoch.", error.Message);
    }

    [Theory]
    [MemberData(nameof(OptimizerNames))]
    public void Every_optimiser_goes_on_to_the_same_weights(string name)
    {
        using TemporaryFolder folder = new();
        TrainingOptions options = Runs.Options() with { Epochs = 3, Optimizer = Optimizers[name] };
        string expected = Runs.Final(options);
        options = options with { Checkpoint = new CheckpointOptions(folder.File("run")) };
        Runs.Interrupted(options, 6);
        Assert.Equal(expected, Runs.Final(options));
    }

    [Theory]
    [MemberData(nameof(SchedulerNames))]
    public void Every_scheduler_goes_on_to_the_same_weights(string name)
    {
        using TemporaryFolder folder = new();
        foreach (SchedulerInterval interval in Enum.GetValues<SchedulerInterval>())
        {
            if (name is "plateau" or "own that watches the loss" && interval == SchedulerInterval.Batch) continue;
            TrainingOptions options = Runs.Options() with
            {
                Optimizer = parameters => SGD(parameters, 0.05, momentum: 0.9),
                Scheduler = Schedulers[name],
                SchedulerInterval = interval,
            };
            string expected = Runs.Final(options);
            Assert.NotEqual(expected, Runs.Final(options with { Scheduler = null }));
            options = options with { Checkpoint = new CheckpointOptions(folder.File($"{interval}")) };
            Runs.Interrupted(options, 17);
            Assert.Equal(expected, Runs.Final(options));
        }
    }

    [Fact]
    public void Early_stopping_goes_on_to_the_same_weights()
    {
        TrainingOptions options = Runs.Options() with
        {
            Epochs = 16,
            Strategy = TrainingStrategy.Mixed(),
            Optimizer = parameters => Adam(parameters, 0.1),
            EarlyStopping = new EarlyStopping(patience: 2),
        };
        TrainingBatches validation = Runs.Batches(seed: 8);
        string expected = Runs.Final(options, validation: validation);

        // Each phase has three epochs at least.
        for (int batch = 5; batch < 2 * 3 * Runs.BatchesPerEpoch; batch += 6)
        {
            using TemporaryFolder folder = new();
            TrainingOptions saved = options with { Checkpoint = new CheckpointOptions(folder.File("run"), 1) };
            Runs.Interrupted(saved, batch, validation: validation);
            Assert.Equal(expected, Runs.Final(saved, validation: validation));
        }
    }

    [Fact]
    public void A_resumed_run_reports_the_epochs_of_an_uninterrupted_one()
    {
        using TemporaryFolder folder = new();
        TrainingBatches validation = Runs.Batches(seed: 8);
        using SmallNet uninterrupted = SmallNet.Seeded(3);
        TrainingResult expected = Runs.Fit(uninterrupted, Everything(), validation: validation);
        TrainingOptions options = Everything() with { Checkpoint = new CheckpointOptions(folder.File("run")) };
        Runs.Interrupted(options, 14, validation: validation);
        using SmallNet resumed = SmallNet.Seeded(3);
        TrainingResult result = Runs.Fit(resumed, options, validation: validation);
        Assert.Equal(expected.Epochs.Select(Describe), result.Epochs.Select(Describe));
    }

    [Fact]
    public void A_finished_run_is_not_repeated()
    {
        using TemporaryFolder folder = new();
        TrainingOptions options = Runs.Options() with { Checkpoint = new CheckpointOptions(folder.File("run")) };
        string expected = Runs.Final(options);
        byte[] written = File.ReadAllBytes(folder.File("run"));
        Assert.Equal(expected, Runs.Final(options));
        Assert.Equal(written, File.ReadAllBytes(folder.File("run")));
    }

    [Fact]
    public void A_run_that_does_not_resume_starts_anew()
    {
        using TemporaryFolder folder = new();
        TrainingOptions options = Runs.Options() with { Checkpoint = new CheckpointOptions(folder.File("run")) };
        Runs.Final(options with { Seed = 99 });
        Assert.Equal(
            Runs.Final(Runs.Options()),
            Runs.Final(options with { Checkpoint = new CheckpointOptions(folder.File("run"), resume: false) }));
    }

    [Fact]
    public void The_checkpoint_of_another_run_is_an_error_that_names_the_difference()
    {
        using TemporaryFolder folder = new();
        TrainingOptions options = Runs.Options() with { Checkpoint = new CheckpointOptions(folder.File("run")) };
        Runs.Interrupted(options, 6);
        using SmallNet net = SmallNet.Seeded(3);
        string before = State.Of(net);
        InvalidOperationException settings = Assert.Throws<InvalidOperationException>(
            () => Runs.Fit(net, options with { Seed = 12, LossWeights = LossWeights.Fixed(1, 2, 3) }));
        Assert.Contains("Seed was 11 and is 12", settings.Message, StringComparison.Ordinal);
        Assert.Contains("LossWeights was UniformWeights { } and is Fixed(1, 2, 3)", settings.Message, StringComparison.Ordinal);
        Assert.Equal(before, State.Of(net));

        InvalidOperationException optimizer = Assert.Throws<InvalidOperationException>(
            () => Runs.Fit(net, options with { Optimizer = parameters => SGD(parameters, 0.1) }));
        Assert.Contains("another optimiser", optimizer.Message, StringComparison.Ordinal);
        Assert.Equal(before, State.Of(net));
    }

    [Fact]
    public void A_damaged_checkpoint_is_an_error()
    {
        using TemporaryFolder folder = new();
        TrainingOptions options = Runs.Options() with { Checkpoint = new CheckpointOptions(folder.File("run")) };
        Runs.Interrupted(options, 6);
        byte[] whole = File.ReadAllBytes(folder.File("run"));
        File.WriteAllBytes(folder.File("run"), whole[..^1]);
        Assert.Throws<WeightsFileException>(() => Runs.Final(options));

        SafetensorsFile.Create([]).Write(folder.File("run"));
        WeightsFileException error = Assert.Throws<WeightsFileException>(() => Runs.Final(options));
        Assert.Contains("no training checkpoint", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Phases, a scheduler, learned loss weights, distillation and clipping together.</summary>
    internal static TrainingOptions Everything() => Runs.Options() with
    {
        Strategy = TrainingStrategy.Separate(0.4).WithWarmUp(1),
        Scheduler = (optimizer, steps) => CosineAnnealingLR(optimizer, steps),
        SchedulerInterval = SchedulerInterval.Batch,
        LossWeights = LossWeights.LearnedByUncertainty,
        Distillation = new SelfDistillation(),
        GradientFlow = GradientFlow.Equilibrium,
        ClipGradientNorm = 1,
    };

    private static string Describe(EpochResult epoch) =>
        $"{epoch.Phase} {epoch.Epoch} {epoch.LearningRate:R}: {string.Join(", ", epoch.Training)}; {string.Join(", ", epoch.Validation)}";

    /// <summary>A scheduler of the user's own.</summary>
    private sealed class HalvingScheduler(Optimizer optimizer) : LRScheduler(optimizer)
    {
        private readonly Optimizer optimizer = optimizer;

        protected override IEnumerable<double> get_lr() => optimizer.ParamGroups.Select(group => group.LearningRate / 2);
    }

    /// <summary>Lowers the rate by what it is told of the loss.</summary>
    private sealed class LossScheduler(Optimizer optimizer) : LRScheduler(optimizer)
    {
        private readonly Optimizer optimizer = optimizer;

        public List<double> Watched { get; } = [];

        public override void step(double current, int? epoch = null)
        {
            Watched.Add(current);
            foreach (ILearningRateController group in optimizer.ParamGroups) group.LearningRate *= 1 / (1 + current);
        }
    }
}
