using System.Collections.Immutable;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.optim;
using static TorchSharp.torch.optim.lr_scheduler;

namespace EarlyExitGen.Lab.Training;

/// <summary>One phase at work: its optimiser, its scheduler and the step of one batch.</summary>
internal sealed class PhaseRun : IDisposable
{
    private readonly TrainingObjective objective;
    private readonly TrainingRunOptions options;
    private readonly IReadOnlyList<(Parameter Parameter, int? Stage)> trained;
    private readonly LRScheduler? scheduler;
    private readonly bool schedulerWatches;

    public PhaseRun(TrainingObjective objective, TrainingPhase phase, TrainingRunOptions options, int? batchesPerEpoch)
    {
        this.objective = objective;
        this.options = options;
        Phase = phase;
        trained = objective.TrainedBy(phase);
        if (trained.Count == 0)
        {
            throw new InvalidOperationException(
                $"{objective.Plan.Name}: phase '{phase.Name}' trains nothing: none of its parameters requires a gradient.");
        }

        LogVariances = objective.CreateLogVariances(trained[0].Parameter.device);
        IEnumerable<Parameter> parameters = trained.Select(part => part.Parameter);
        Optimizer = options.Optimizer([.. LogVariances is null ? parameters : parameters.Append(LogVariances)]);
        if (Optimizer is LBFGS)
        {
            throw new InvalidOperationException(
                "LBFGS calls the network several times a step and can't be checkpointed; choose another optimiser.");
        }

        scheduler = options.Scheduler?.Invoke(Optimizer, SchedulerSteps(phase, options.SchedulerInterval, batchesPerEpoch));
        schedulerWatches = scheduler is not null && WatchesMetric(scheduler);
        if (schedulerWatches && options.SchedulerInterval != SchedulerInterval.Epoch)
        {
            throw new InvalidOperationException("A scheduler that watches the loss moves on after each epoch.");
        }
    }

    public TrainingPhase Phase { get; }

    public Optimizer Optimizer { get; }

    /// <summary>The learned loss weights; null when they are not learned.</summary>
    public Parameter? LogVariances { get; }

    public double LearningRate => Optimizer.ParamGroups.First().LearningRate;

    public void SetModes() => objective.SetModes(Phase);

    /// <param name="metric">
    /// What a scheduler that waits for a plateau watches. The others are not given it: TorchSharp's chain of schedulers would fail.
    /// </param>
    public void StepScheduler(double metric)
    {
        if (schedulerWatches)
        {
            scheduler!.step(metric);
        }
        else
        {
            scheduler?.step();
        }
    }

    /// <summary>Trains on one batch.</summary>
    /// <param name="input">[N, …].</param>
    /// <param name="label">[N, …].</param>
    /// <param name="batch">How many batches of the phase came before.</param>
    /// <param name="moment">Between 0, the phase's first batch, and 1, its end.</param>
    /// <param name="diverged">Makes the error of an exit, or of the gradients' norm when null, that is not finite.</param>
    public ImmutableArray<ExitOutcome> Step(
        Tensor input, Tensor label, long batch, double moment, Func<int?, double, Exception> diverged)
    {
        using DisposeScope scope = NewDisposeScope();
        BatchLosses losses = objective.Losses(Phase, input, label, batch);
        foreach (ExitOutcome outcome in losses.Outcomes)
        {
            if (!double.IsFinite(outcome.Loss)) throw diverged(outcome.Exit, outcome.Loss);
        }

        ClearGradients();
        objective.Sum(losses, moment, LogVariances).backward();
        objective.ShapeGradients(losses, trained);
        double norm = options.ClipGradientNorm is double most
            ? nn.utils.clip_grad_norm_(trained.Select(part => part.Parameter), most)
            : GradientNorm();
        if (!double.IsFinite(norm)) throw diverged(null, norm);
        Optimizer.step();
        return losses.Outcomes;
    }

    public void Dispose()
    {
        ClearGradients();
        Optimizer.Dispose();
        LogVariances?.Dispose();
    }

    /// <summary>Whether it does something of its own with a metric, as those do that wait for a plateau.</summary>
    private static bool WatchesMetric(LRScheduler scheduler) =>
        scheduler.GetType().GetMethod(nameof(LRScheduler.step), [typeof(double), typeof(int?)])!.DeclaringType != typeof(LRScheduler);

    private static int SchedulerSteps(TrainingPhase phase, SchedulerInterval interval, int? batchesPerEpoch) => interval switch
    {
        SchedulerInterval.Epoch => phase.Epochs,
        SchedulerInterval.Batch when batchesPerEpoch is int batches => checked(phase.Epochs * batches),
        SchedulerInterval.Batch => throw new InvalidOperationException(
            "A scheduler that moves on after each batch needs training data that know their number of batches."),
        _ => throw new InvalidOperationException($"{interval} is not an interval of a scheduler."),
    };

    private double GradientNorm()
    {
        using IDisposable still = no_grad();

        // In float32, for in float16 a large norm is infinite while its gradients are not.
        Tensor[] norms =
            [.. trained.Select(part => part.Parameter.grad).OfType<Tensor>().Select(gradient => gradient.to(ScalarType.Float32).norm())];
        return norms.Length == 0 ? 0 : stack(norms).norm().item<float>();
    }

    /// <summary>
    /// To none rather than to zero: an optimiser leaves alone what took no part in a batch, where a gradient of zero would still decay it.
    /// </summary>
    private void ClearGradients()
    {
        foreach (Parameter parameter in objective.Network.parameters()) parameter.grad = null;
        if (LogVariances is not null) LogVariances.grad = null;
    }
}
