using System.Collections.Immutable;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace EarlyExitGen.Lab.Training;

/// <summary>What one batch showed at one exit.</summary>
/// <param name="Exit">The exit.</param>
/// <param name="Loss">The mean loss over the batch.</param>
/// <param name="Correct">How many rows were right; null when the labels are not class indices.</param>
/// <param name="Positive">For gates: for how many rows the gate should say yes.</param>
internal readonly record struct ExitOutcome(int Exit, double Loss, long? Correct, long Positive = 0);

/// <summary>The losses of one batch.</summary>
/// <param name="Outcomes">What is noted down of them, one per loss.</param>
/// <param name="Losses">The losses, through which gradients flow.</param>
internal sealed record BatchLosses(ImmutableArray<ExitOutcome> Outcomes, ImmutableArray<Tensor> Losses);

/// <summary>What a run trains, and by which losses. The run itself, its steps and its checkpoints are the same for all.</summary>
internal abstract class TrainingObjective(EarlyExitModule network)
{
    public EarlyExitModule Network { get; } = network;

    public NetworkPlan Plan => Network.Plan;

    /// <summary>Where the network lies, and where batches are moved to.</summary>
    public Device Device { get; } = network.parameters().FirstOrDefault()?.device ?? CPU;

    public abstract ImmutableArray<TrainingPhase> Phases { get; }

    /// <summary>What decides the result beside the options of every run. Functions can't be compared: they are left out.</summary>
    public abstract IEnumerable<KeyValuePair<string, string>> Settings { get; }

    public abstract IReadOnlyList<(Parameter Parameter, int? Stage)> TrainedBy(TrainingPhase phase);

    /// <summary>Sets training mode where a phase trains and evaluation mode elsewhere.</summary>
    public abstract void SetModes(TrainingPhase phase);

    /// <summary>Learned loss weights; null when there are none to learn.</summary>
    public virtual Parameter? CreateLogVariances(Device device) => null;

    /// <summary>The losses of a batch, in training.</summary>
    /// <param name="phase">The running phase.</param>
    /// <param name="input">[N, …].</param>
    /// <param name="label">[N, …].</param>
    /// <param name="batch">How many batches of the phase came before.</param>
    public abstract BatchLosses Losses(TrainingPhase phase, Tensor input, Tensor label, long batch);

    /// <summary>The one loss whose gradient is followed.</summary>
    /// <param name="losses">The batch's losses.</param>
    /// <param name="moment">Between 0, the phase's first batch, and 1, its end.</param>
    /// <param name="logVariances">The learned loss weights, if there are any.</param>
    public abstract Tensor Sum(BatchLosses losses, double moment, Parameter? logVariances);

    /// <summary>Changes the gradients that have arrived, before they are clipped.</summary>
    public virtual void ShapeGradients(BatchLosses losses, IReadOnlyList<(Parameter Parameter, int? Stage)> trained)
    {
    }

    /// <summary>The outcomes of a batch in evaluation mode, for every exit that the run can train.</summary>
    public abstract ImmutableArray<ExitOutcome> Measure(Tensor input, Tensor label);

    /// <summary>Looks at how the network uses its parameters, on the first rows of the data.</summary>
    protected NetworkParts Trace(TrainingBatches training, long seed, bool withGates)
    {
        const int rows = 2;
        foreach ((Tensor input, _) in training.Epoch(0, seed))
        {
            using DisposeScope scope = NewDisposeScope();
            return NetworkParts.Trace(Network, input.narrow(0, 0, Math.Min(rows, input.size(0))).to(Device), withGates);
        }

        throw new InvalidOperationException($"{Plan.Name}: the training data are empty.");
    }
}
