using System.Collections.Immutable;
using EarlyExitGen.Lab.Training;

namespace EarlyExitGen.Lab.Tests.Training;

[Collection(RandomNumbers.Name)]
public class StrategyTests
{
    [Fact]
    public void Joint_training_teaches_every_exit()
    {
        TrainingBatches validation = Runs.Batches(seed: 8, rows: 300);
        using SmallNet net = SmallNet.Seeded(3);
        TrainingResult result = Runs.Fit(net, Runs.Options() with { Epochs = 20 }, validation: validation);

        Assert.Equal(20, result.Epochs.Length);
        Assert.All(result.Epochs[^1].Validation, exit => Assert.InRange(exit.Accuracy, 0.7, 1));
        Assert.All(
            result.Epochs[0].Validation.Zip(result.Epochs[^1].Validation), exit => Assert.True(exit.Second.Loss < exit.First.Loss));
        Assert.False(net.training);
    }

    [Fact]
    public void Separate_training_leaves_the_backbone_and_its_statistics_alone_while_the_heads_train()
    {
        TrainingOptions options = Runs.Options() with { Strategy = TrainingStrategy.Separate(0.5) };
        Dictionary<string, string> backbone = Entries(options with { Epochs = 3, Strategy = new FirstPhase(options.Strategy, 6) });
        Dictionary<string, string> all = Entries(options);
        string[] changed = [.. all.Keys.Where(name => all[name] != backbone[name])];

        Assert.Equal(["early.1.bias", "early.1.weight", "middle.bias", "middle.weight"], changed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Mixed_training_trains_early_heads_in_its_second_phase_only_and_then_everything()
    {
        TrainingOptions options = Runs.Options() with { Strategy = TrainingStrategy.Mixed(0.5) };
        Dictionary<string, string> untrained = Entries(null);
        Dictionary<string, string> backbone = Entries(options with { Epochs = 3, Strategy = new FirstPhase(options.Strategy, 6) });
        Dictionary<string, string> all = Entries(options);

        Assert.Equal(
            ["early.1.bias", "early.1.weight", "middle.bias", "middle.weight"],
            untrained.Keys.Where(name => untrained[name] == backbone[name]).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(all.Keys, name => all[name] == backbone[name]);
    }

    [Fact]
    public void Progressive_training_from_the_first_exit_freezes_what_it_has_trained()
    {
        TrainingOptions options = Runs.Options() with { Strategy = TrainingStrategy.Progressive(ProgressiveOrder.FromFirstExit) };
        Dictionary<string, string> first = Entries(options with { Epochs = 2, Strategy = new FirstPhase(options.Strategy, 6) });
        Dictionary<string, string> all = Entries(options);

        foreach ((string name, string value) in all)
        {
            bool frozen = PartOf(name) is "stem" or "early";
            Assert.True(frozen == (first[name] == value), name);
        }
    }

    [Fact]
    public void Progressive_training_from_the_last_exit_adds_exits_one_by_one()
    {
        using SmallNet net = SmallNet.Seeded(3);
        IEnumerable<TrainingPhase> phases = TrainingStrategy.Progressive().Phases(net.Plan, 7);
        Assert.Equal(["2", "1,2", "0,1,2"], phases.Select(phase => string.Join(',', phase.Turns.Single())));
        Assert.Equal([3, 2, 2], phases.Select(phase => phase.Epochs));
        Assert.All(phases, phase => Assert.Equal(0, phase.FrozenStages));
    }

    [Fact]
    public void Alternating_training_takes_the_last_exit_and_all_exits_in_turn()
    {
        bool[][] idle =
        [
            .. Enumerable.Range(1, 2).Select(batches =>
            {
                using SmallNet net = SmallNet.Seeded(3);
                TrainingResult result = Runs.Fit(
                    net,
                    Runs.Options() with { Strategy = TrainingStrategy.Alternating(), Epochs = 1 },
                    TrainingBatches.FromSequence(_ => Runs.Batches().Epoch(0, 0).Take(batches)));
                return result.Epochs[0].Training.Select(exit => double.IsNaN(exit.Loss)).ToArray();
            }),
        ];

        // The first batch is the last exit's, the second is everybody's.
        Assert.Equal([true, true, false], idle[0]);
        Assert.Equal([false, false, false], idle[1]);
    }

    [Fact]
    public void A_warm_up_trains_the_backbone_and_the_last_exit_and_no_early_exit()
    {
        TrainingOptions options = Runs.Options() with { Strategy = TrainingStrategy.Joint().WithWarmUp(2) };
        Dictionary<string, string> untrained = Entries(null);
        Dictionary<string, string> warm = Entries(options with { Epochs = 2, Strategy = new FirstPhase(options.Strategy, 6) });
        foreach ((string name, string value) in warm) Assert.True((value == untrained[name]) == PartOf(name) is "early" or "middle", name);
    }

    [Fact]
    public void A_warm_up_comes_before_any_strategy()
    {
        using SmallNet net = SmallNet.Seeded(3);
        IEnumerable<TrainingPhase> phases = TrainingStrategy.Joint().WithWarmUp(2).Phases(net.Plan, 5);
        Assert.Equal(["warm-up 2: 2", "joint 3: 0,1,2"], phases.Select(Describe));
    }

    [Fact]
    public void A_parameter_that_the_user_froze_stays()
    {
        using SmallNet net = SmallNet.Seeded(3);
        net.state_dict()["last.weight"].requires_grad = false;
        byte[] before = State.BytesOf(net.state_dict()["last.weight"]);
        Runs.Fit(net, Runs.Options() with { Epochs = 1 });
        Assert.Equal(before, State.BytesOf(net.state_dict()["last.weight"]));
    }

    [Fact]
    public void Too_few_epochs_and_exits_that_are_not_there_are_errors()
    {
        using SmallNet net = SmallNet.Seeded(3);
        Assert.Throws<ArgumentException>(() => TrainingStrategy.Mixed().Phases(net.Plan, 1));
        Assert.Throws<ArgumentException>(() => TrainingStrategy.Progressive().Phases(net.Plan, 2));
        Assert.Throws<ArgumentException>(() => TrainingStrategy.Joint().WithWarmUp(3).Phases(net.Plan, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => TrainingStrategy.Mixed(1));

        ArgumentException error = Assert.Throws<ArgumentException>(
            () => Runs.Final(Runs.Options() with { Strategy = new OnePhase(new TrainingPhase("odd", 1, [3])) }));
        Assert.Equal("Phase 'odd' trains exits 3, but SmallNet has exits 0 to 2.", error.Message);
    }

    private static string PartOf(string entry) => entry[..entry.IndexOf('.', StringComparison.Ordinal)];

    private static string Describe(TrainingPhase phase) => $"{phase.Name} {phase.Epochs}: {string.Join(',', phase.Turns.Single())}";

    /// <summary>The entries of a network that the options have trained, each as its bytes in text.</summary>
    private static Dictionary<string, string> Entries(TrainingOptions? options)
    {
        using SmallNet net = SmallNet.Seeded(3);
        if (options is not null) Runs.Fit(net, options);
        return net.state_dict().ToDictionary(entry => entry.Key, entry => Convert.ToHexString(State.BytesOf(entry.Value)));
    }

    /// <summary>Another strategy's first phase alone.</summary>
    private sealed record FirstPhase(TrainingStrategy Strategy, int Epochs) : TrainingStrategy
    {
        public override ImmutableArray<TrainingPhase> Phases(NetworkPlan network, int epochs) =>
            [Strategy.Phases(network, Epochs)[0]];
    }

    private sealed record OnePhase(TrainingPhase Phase) : TrainingStrategy
    {
        public override ImmutableArray<TrainingPhase> Phases(NetworkPlan network, int epochs) => [Phase];
    }
}
