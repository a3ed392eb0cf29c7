using EarlyExitGen.Lab.Calibration;
using EarlyExitGen.Lab.Evaluation;
using EarlyExitGen.Lab.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.optim;

namespace EarlyExitGen.Lab.Tests.Training;

/// <summary>Gates learn whether their exit is right, and nothing else changes; losses fit what a network gives.</summary>
[Collection(RandomNumbers.Name)]
public sealed class GateTrainerTests
{
    private static readonly GateTrainingOptions Options = new() { Epochs = 40, Optimizer = parameters => Adam(parameters, 0.01) };

    [Theory]
    [InlineData(GateTarget.Agreement)]
    [InlineData(GateTarget.Correctness)]
    public void A_gate_learns_when_its_exit_is_right(GateTarget target)
    {
        random.manual_seed(5);
        using GatedNet net = new();
        (Tensor inputs, Tensor labels) = SmallNet.Points(600, seed: 1);
        TrainingBatches batches = TrainingBatches.FromTensors(inputs, labels, batchSize: 50);
        new EarlyExitTrainer(net, new TrainingOptions { Epochs = 3 }).Fit(batches, cancellation: TestContext.Current.CancellationToken);
        Dictionary<string, float[]> before = Values(net);

        GateMetrics gate = new GateTrainer(net, Options with { Target = target })
            .Fit(batches, cancellation: TestContext.Current.CancellationToken).Gates.Single();

        double guess = Math.Max(gate.TargetShare, 1 - gate.TargetShare);
        Assert.InRange(gate.TargetShare, 0.05, 0.95);
        Assert.True(gate.Accuracy > guess + 0.02, $"The gate is right for {gate.Accuracy:p1}, guessing for {guess:p1}.");
        foreach ((string name, float[] value) in Values(net))
        {
            if (name.StartsWith("halt", StringComparison.Ordinal)) Assert.NotEqual(before[name], value);
            else Assert.Equal(before[name], value);
        }
    }

    [Fact]
    public void The_same_seed_gives_the_same_gates()
    {
        string first = TrainedGate();
        Assert.Equal(first, TrainedGate());
    }

    [Fact]
    public void A_gate_of_a_regression_learns_within_a_tolerance()
    {
        random.manual_seed(5);
        using QuantityNet net = new();
        TrainingBatches batches = Quantities();
        GateTrainer trainer = new(net, Options with { Epochs = 5 });

        GateMetrics gate = trainer.Fit(batches, cancellation: TestContext.Current.CancellationToken).Gates.Single();

        Assert.InRange(gate.Loss, 0, 1);
        Assert.InRange(gate.TargetShare, 0, 1);
    }

    [Fact]
    public void A_gate_that_shares_a_parameter_is_refused()
    {
        using SharedGateNet net = new();
        (Tensor inputs, Tensor labels) = SmallNet.Points(20, seed: 1);
        GateTrainer trainer = new(net, Options);

        InvalidOperationException error = Assert.Throws<InvalidOperationException>(
            () => trainer.Fit(TrainingBatches.FromTensors(inputs, labels, 10), cancellation: TestContext.Current.CancellationToken));

        Assert.Contains("gate 'Halt' shares 'shared.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_network_without_a_gate_is_refused()
    {
        using SmallNet net = SmallNet.Seeded(1);

        InvalidOperationException error = Assert.Throws<InvalidOperationException>(
            () => new GateTrainer(net, Options).Fit(Runs.Batches(), cancellation: TestContext.Current.CancellationToken));

        Assert.Equal("SmallNet has no gate to train.", error.Message);
    }

    [Fact]
    public void Quantities_train_by_their_squared_error()
    {
        random.manual_seed(5);
        using QuantityNet net = new();

        TrainingOptions options = new() { Epochs = 30, Optimizer = parameters => Adam(parameters, 0.01) };
        TrainingResult result = new EarlyExitTrainer(net, options)
            .Fit(Quantities(), Quantities(), cancellation: TestContext.Current.CancellationToken);

        Assert.All(result.Epochs[^1].Validation, exit => Assert.InRange(exit.Loss, 0, 0.25));
    }

    [Fact]
    public void Labels_train_by_their_binary_cross_entropy()
    {
        random.manual_seed(5);
        using LabelsNet net = new();
        random.manual_seed(9);
        Tensor inputs = randn(400, 6);
        TrainingBatches batches = TrainingBatches.FromTensors(inputs, inputs.narrow(1, 0, 2).gt(0).to(ScalarType.Float32), 50);

        TrainingOptions options = new() { Epochs = 30, Optimizer = parameters => Adam(parameters, 0.01) };
        TrainingResult result = new EarlyExitTrainer(net, options)
            .Fit(batches, batches, cancellation: TestContext.Current.CancellationToken);

        Assert.All(result.Epochs[^1].Validation, exit => Assert.InRange(exit.Loss, 0, 0.25));
    }

    [Fact]
    public void Targets_of_another_shape_and_distillation_of_quantities_are_refused()
    {
        using QuantityNet net = new();
        TrainingBatches flat = TrainingBatches.FromTensors(randn(20, 6), randn(20), 10);

        ArgumentException shape = Assert.Throws<ArgumentException>(
            () => new EarlyExitTrainer(net, new TrainingOptions()).Fit(flat, cancellation: TestContext.Current.CancellationToken));
        InvalidOperationException kind = Assert.Throws<InvalidOperationException>(
            () => new EarlyExitTrainer(net, new TrainingOptions { Distillation = new SelfDistillation() })
                .Fit(Quantities(), cancellation: TestContext.Current.CancellationToken));

        Assert.Contains("must have the outputs' shape [10, 2], but have [10]", shape.Message, StringComparison.Ordinal);
        Assert.Contains("self-distillation compares distributions", kind.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Calibration_refuses_a_network_with_gates_in_one_sentence()
    {
        using GatedNet net = new();
        (Tensor inputs, Tensor labels) = SmallNet.Points(20, seed: 1);

        RecordedLogits recorded = RecordedLogits.Record(net, inputs, labels);

        ArgumentException error = Assert.Throws<ArgumentException>(
            () => Calibrator.Calibrate(recorded, CalibrationBudget.AccuracyDrop(0.01)));

        Assert.StartsWith(
            "GatedNet asks gate at exit 'early': calibration searches the thresholds of", error.Message, StringComparison.Ordinal);
    }

    private static string TrainedGate()
    {
        random.manual_seed(5);
        using GatedNet net = new();
        (Tensor inputs, Tensor labels) = SmallNet.Points(100, seed: 1);
        new GateTrainer(net, Options with { Epochs = 2, Seed = 3 })
            .Fit(TrainingBatches.FromTensors(inputs, labels, 20), cancellation: TestContext.Current.CancellationToken);
        return State.Of(net);
    }

    private static TrainingBatches Quantities()
    {
        random.manual_seed(9);
        Tensor inputs = randn(400, 6);
        return TrainingBatches.FromTensors(inputs, inputs.narrow(1, 0, 2) + inputs.narrow(1, 2, 2), 50);
    }

    private static Dictionary<string, float[]> Values(EarlyExitModule net) =>
        net.named_parameters().ToDictionary(named => named.name, named => named.parameter.data<float>().ToArray());
}
