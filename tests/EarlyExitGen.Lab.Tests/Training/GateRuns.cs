using EarlyExitGen.Lab.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.optim;
using static TorchSharp.torch.optim.lr_scheduler;

namespace EarlyExitGen.Lab.Tests.Training;

/// <summary>Short runs over the gates of a small network whose exits are trained a little.</summary>
internal static class GateRuns
{
    /// <summary>A scheduler, early stopping that never comes, clipping and both gates together.</summary>
    public static GateTrainingOptions Everything() => new()
    {
        Epochs = 6,
        Seed = 11,
        Target = GateTarget.Correctness,
        Optimizer = parameters => Adam(parameters, 0.01),
        Scheduler = (optimizer, steps) => CosineAnnealingLR(optimizer, steps),
        SchedulerInterval = SchedulerInterval.Batch,
        ClipGradientNorm = 1,
        EarlyStopping = new EarlyStopping(patience: 1000),
    };

    public static TwoGatesNet Trained(int epochs = 1)
    {
        random.manual_seed(3);
        TwoGatesNet net = new();
        new EarlyExitTrainer(net, Runs.Options() with { Epochs = epochs })
            .Fit(Runs.Batches(), cancellation: TestContext.Current.CancellationToken);
        return net;
    }

    public static GateTrainingResult Fit(
        EarlyExitModule net, GateTrainingOptions options, TrainingBatches? batches = null, CancellationToken? cancellation = null) =>
        new GateTrainer(net, options).Fit(
            batches ?? Runs.Batches(), Runs.Batches(seed: 8), cancellation: cancellation ?? TestContext.Current.CancellationToken);

    /// <summary>Trains the gates of a new network and gives its state.</summary>
    public static string Final(GateTrainingOptions options)
    {
        using TwoGatesNet net = Trained();
        Fit(net, options);
        return State.Of(net);
    }

    /// <summary>Trains the gates of a new network, cancelled after that many batches.</summary>
    public static void Interrupted(GateTrainingOptions options, int afterBatches)
    {
        using TwoGatesNet net = Trained();
        using CancellationTokenSource cancellation = new();
        TrainingBatches counted = new Runs.CancellingBatches(Runs.Batches(), afterBatches, cancellation);
        Assert.Throws<OperationCanceledException>(() => Fit(net, options, counted, cancellation.Token));
    }
}
