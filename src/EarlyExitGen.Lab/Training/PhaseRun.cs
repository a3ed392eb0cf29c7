using System.Collections.Immutable;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.optim;
using static TorchSharp.torch.optim.lr_scheduler;

namespace EarlyExitGen.Lab.Training;

/// <summary>What one batch showed at one exit.</summary>
/// <param name="Exit">The exit.</param>
/// <param name="Loss">The mean loss over the batch.</param>
/// <param name="Correct">How many rows were right; null when the labels are not class indices.</param>
internal readonly record struct ExitOutcome(int Exit, double Loss, long? Correct);

/// <summary>One phase at work: its optimiser, its scheduler and the step of one batch.</summary>
internal sealed class PhaseRun : IDisposable
{
    private readonly EarlyExitModule network;
    private readonly NetworkPlan plan;
    private readonly NetworkParts parts;
    private readonly TrainingOptions options;
    private readonly IReadOnlyList<(Parameter Parameter, int? Stage)> trained;
    private readonly LRScheduler? scheduler;

    public PhaseRun(EarlyExitModule network, NetworkParts parts, TrainingPhase phase, TrainingOptions options, int? batchesPerEpoch)
    {
        this.network = network;
        this.parts = parts;
        this.options = options;
        plan = network.Plan;
        Phase = phase;
        trained = parts.TrainedBy(phase);
        if (trained.Count == 0)
        {
            throw new InvalidOperationException(
                $"{plan.Name}: phase '{phase.Name}' trains nothing: none of its parameters requires a gradient.");
        }

        if (options.Distillation is not null && plan.Output != OutputKind.Classification)
        {
            throw new InvalidOperationException(
                $"{plan.Name} gives {plan.Output} outputs: self-distillation compares distributions over classes.");
        }

        LogVariances = options.LossWeights.CreateLogVariances(plan.Exits.Length, trained[0].Parameter.device);
        IEnumerable<Parameter> parameters = trained.Select(part => part.Parameter);
        Optimizer = options.Optimizer([.. LogVariances is null ? parameters : parameters.Append(LogVariances)]);
        if (Optimizer is LBFGS)
        {
            throw new InvalidOperationException(
                "LBFGS calls the network several times a step and can't be checkpointed; choose another optimiser.");
        }

        scheduler = options.Scheduler?.Invoke(Optimizer, SchedulerSteps(phase, options.SchedulerInterval, batchesPerEpoch));
        if (scheduler is impl.ReduceLROnPlateau && options.SchedulerInterval != SchedulerInterval.Epoch)
        {
            throw new InvalidOperationException("A scheduler that waits for a plateau moves on after each epoch.");
        }
    }

    public TrainingPhase Phase { get; }

    public Optimizer Optimizer { get; }

    /// <summary>The learned loss weights; null when they are not learned.</summary>
    public Parameter? LogVariances { get; }

    public double LearningRate => Optimizer.ParamGroups.First().LearningRate;

    public void SetModes() => parts.SetModes(Phase);

    /// <param name="metric">
    /// What a scheduler that waits for a plateau watches. The others are not given it: TorchSharp's chain of schedulers would fail.
    /// </param>
    public void StepScheduler(double metric)
    {
        if (scheduler is impl.ReduceLROnPlateau plateau)
        {
            plateau.step(metric);
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
        ImmutableArray<int> exits = Phase.Turns[(int)(batch % Phase.Turns.Length)];
        Dictionary<int, Tensor> logits = Forward(input, exits);
        ImmutableArray<Tensor> losses = [.. exits.Select(exit => LossOf(exit, logits, label))];
        ImmutableArray<ExitOutcome> outcomes = BatchOutcome.Read(exits, [.. exits.Select(exit => logits[exit])], losses, label);
        foreach (ExitOutcome outcome in outcomes)
        {
            if (!double.IsFinite(outcome.Loss)) throw diverged(outcome.Exit, outcome.Loss);
        }

        ClearGradients();
        Sum(exits, losses, moment).backward();
        Equilibrate(exits);
        if (options.ClipGradientNorm is double most)
        {
            double norm = nn.utils.clip_grad_norm_(trained.Select(part => part.Parameter), most);
            if (!double.IsFinite(norm)) throw diverged(null, norm);
        }

        Optimizer.step();
        return outcomes;
    }

    public void Dispose()
    {
        ClearGradients();
        Optimizer.Dispose();
        LogVariances?.Dispose();
    }

    private static int SchedulerSteps(TrainingPhase phase, SchedulerInterval interval, int? batchesPerEpoch) => interval switch
    {
        SchedulerInterval.Epoch => phase.Epochs,
        SchedulerInterval.Batch when batchesPerEpoch is int batches => checked(phase.Epochs * batches),
        SchedulerInterval.Batch => throw new InvalidOperationException(
            "A scheduler that moves on after each batch needs training data that know their number of batches."),
        _ => throw new InvalidOperationException($"{interval} is not an interval of a scheduler."),
    };

    /// <summary>The logits of the turn's exits, and of the last exit when it teaches them. Runs no stage deeper than needed.</summary>
    private Dictionary<int, Tensor> Forward(Tensor input, ImmutableArray<int> exits)
    {
        Dictionary<int, Tensor> logits = [];
        int teacher = plan.Exits.Length - 1;
        int deepestTrained = plan.Exits[exits.Max()].Stage;
        int last = options.Distillation is null ? exits.Max() : teacher;
        Tensor features = input;
        int stage = 0;
        for (int exit = 0; exit <= last; exit++)
        {
            for (; stage <= plan.Exits[exit].Stage; stage++)
            {
                using IDisposable? still = stage < Phase.FrozenStages || stage > deepestTrained ? no_grad() : null;
                features = network.CallStage(stage, features);
            }

            if (exits.Contains(exit))
            {
                logits[exit] = network.CallExit(exit, IntoHead(exit, features));
            }
            else if (exit == teacher)
            {
                using IDisposable still = no_grad();
                logits[exit] = network.CallExit(exit, features);
            }
        }

        return logits;
    }

    /// <summary>The same features, whose gradient is multiplied on its way back.</summary>
    private Tensor IntoHead(int exit, Tensor features)
    {
        double factor = options.GradientFlow.HeadFactor(exit);
        if (factor == 1 || !features.requires_grad) return features;
        Tensor still = features.detach();

        // The difference is exactly 0, so that the values stay what they are, and only the difference has a gradient.
        return factor == 0 ? still : still + ((features - still) * factor);
    }

    private Tensor LossOf(int exit, Dictionary<int, Tensor> logits, Tensor label)
    {
        Tensor labelled = options.LossOf(plan, logits[exit], label);
        int teacher = plan.Exits.Length - 1;
        return options.Distillation is null || exit == teacher
            ? labelled
            : options.Distillation.Loss(labelled, logits[exit], logits[teacher]);
    }

    private Tensor Sum(ImmutableArray<int> exits, ImmutableArray<Tensor> losses, double moment)
    {
        IReadOnlyList<double> weights = options.LossWeights.At(plan.Exits.Length, moment);
        Tensor? sum = null;
        for (int index = 0; index < exits.Length; index++)
        {
            Tensor loss = losses[index];
            if (LogVariances is not null)
            {
                Tensor logVariance = LogVariances[exits[index]];
                loss = (loss * (-logVariance).exp()) + (logVariance / 2);
            }

            Tensor weighted = loss * weights[exits[index]];
            sum = sum is null ? weighted : sum + weighted;
        }

        return sum!;
    }

    private void Equilibrate(ImmutableArray<int> exits)
    {
        using IDisposable still = no_grad();
        foreach ((Parameter parameter, int? stage) in trained)
        {
            if (stage is null || parameter.grad is not Tensor gradient) continue;
            int behind = exits.Count(exit => plan.Exits[exit].Stage >= stage);
            double factor = behind == 0 ? 1 : options.GradientFlow.StageFactor(behind);
            if (factor != 1) gradient.mul_(factor);
        }
    }

    /// <summary>
    /// To none rather than to zero: an optimiser leaves alone what took no part in a batch, where a gradient of zero would still decay it.
    /// </summary>
    private void ClearGradients()
    {
        foreach (Parameter parameter in network.parameters()) parameter.grad = null;
        if (LogVariances is not null) LogVariances.grad = null;
    }
}
