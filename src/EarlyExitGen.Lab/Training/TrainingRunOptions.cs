using TorchSharp.Modules;
using static TorchSharp.torch.optim;
using static TorchSharp.torch.optim.lr_scheduler;

namespace EarlyExitGen.Lab.Training;

/// <summary>When the learning-rate scheduler moves on.</summary>
public enum SchedulerInterval
{
    /// <summary>
    /// After each epoch. A scheduler that overrides <c>step(double, int?)</c>, as TorchSharp's <c>ReduceLROnPlateau</c> does, is given the
    /// mean validation loss of the phase's exits, or the training loss without validation.
    /// </summary>
    Epoch,

    /// <summary>After each batch.</summary>
    Batch,
}

/// <summary>What training a network's exits and training its gates have in common. Immutable.</summary>
public abstract record TrainingRunOptions
{
    private protected TrainingRunOptions(int epochs) => Epochs = epochs;

    /// <summary>The epochs of all phases together, at least 1.</summary>
    public int Epochs { get; init; }

    /// <summary>
    /// Makes the optimiser of a phase for the parameters that the phase trains. AdamW with learning rate 0.001 by default. Any of
    /// TorchSharp's but LBFGS, which calls the network several times a step and can't be checkpointed.
    /// </summary>
    public Func<IReadOnlyList<Parameter>, Optimizer> Optimizer { get; init; } = parameters => AdamW(parameters);

    /// <summary>
    /// Makes the learning-rate scheduler of a phase from its optimiser and the number of times that it will move on; none by default. It
    /// must be a function of its own steps alone: a resumed run makes it anew and repeats them.
    /// </summary>
    public Func<Optimizer, int, LRScheduler>? Scheduler { get; init; }

    /// <summary>When the scheduler moves on.</summary>
    public SchedulerInterval SchedulerInterval { get; init; }

    /// <summary>The largest norm of all gradients together, above 0; they are scaled down to it. Null for no limit.</summary>
    public double? ClipGradientNorm { get; init; }

    /// <summary>When a phase ends before its last epoch; needs validation data.</summary>
    public EarlyStopping? EarlyStopping { get; init; }

    /// <summary>
    /// Where random numbers begin: dropout and the order of the batches. On a CPU, the same seed, network, weights, data, options and
    /// number of threads give the same weights bit for bit. The network's initial weights are drawn before, by whoever makes it.
    /// </summary>
    public long Seed { get; init; }

    /// <summary>Where a run can go on after it was interrupted; none by default.</summary>
    public CheckpointOptions? Checkpoint { get; init; }

    internal virtual void Validate(bool hasValidation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Epochs, 1);
        ArgumentNullException.ThrowIfNull(Optimizer);
        if (ClipGradientNorm is not (null or > 0))
        {
            throw new InvalidOperationException($"A gradient norm to clip to is above 0, not {ClipGradientNorm}.");
        }

        if (EarlyStopping is not null && !hasValidation) throw new InvalidOperationException("Early stopping needs validation data.");
    }
}
