using EarlyExitGen.Lab.Evaluation;
using EarlyExitGen.Lab.Tests.Training;
using EarlyExitGen.Lab.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace EarlyExitGen.Lab.Tests.Evaluation;

/// <summary>What holds inputs alone refuses a network with an extra input in one sentence.</summary>
public sealed class ExtraInputTests
{
    [Fact]
    public void Training_and_recording_refuse_it()
    {
        using ScaledNet net = new();
        using Tensor inputs = randn(8, 4);
        using Tensor labels = zeros(8, ScalarType.Int64);
        TrainingBatches batches = TrainingBatches.FromTensors(inputs, labels, 4);

        Assert.StartsWith(
            "ScaledNet takes the extra input 'scale': training knows networks that take one input alone.",
            Assert.Throws<ArgumentException>(() => Fit(net, batches)).Message,
            StringComparison.Ordinal);
        Assert.StartsWith(
            "ScaledNet takes the extra input 'scale': recording of logits knows networks that take one input alone.",
            Assert.Throws<ArgumentException>(() => RecordedLogits.Record(net, inputs, labels)).Message,
            StringComparison.Ordinal);
        Assert.StartsWith(
            "ScaledNet takes the extra input 'scale': the slowdown attack knows networks that take one input alone.",
            Assert.Throws<ArgumentException>(() => SlowdownAttack.Run(net, inputs, labels, net.Policy, epsilon: 0.1)).Message,
            StringComparison.Ordinal);
    }

    private static TrainingResult Fit(ScaledNet net, TrainingBatches batches) =>
        new EarlyExitTrainer(net, Runs.Options()).Fit(batches, cancellation: TestContext.Current.CancellationToken);
}

/// <summary>A network with an extra input.</summary>
[EarlyExitNetwork(Classes = 3, Input = [4])]
[ExtraInput("scale", 4)]
internal sealed partial class ScaledNet : EarlyExitModule
{
    private readonly Linear head = Linear(4, 3);

    [Stage]
    private Tensor Scale(Tensor x, Tensor scale) => x * scale;

    [Exit]
    private Tensor Final(Tensor x) => head.call(x);
}
