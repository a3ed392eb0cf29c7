using System.Collections.Immutable;
using EarlyExitGen.Lab.Evaluation;

namespace EarlyExitGen.Lab.Training;

/// <summary>
/// Trains the gates of a network whose stages and exits are trained already, and changes nothing else: each gate learns from the
/// features of its stage whether its exit is right, by binary cross-entropy. Xin, Tang, Yu and Lin, "BERxiT: Early Exiting for BERT with
/// Better Fine-Tuning and Extension to Regression", 2021. Not thread-safe, as TorchSharp modules are not.
/// </summary>
/// <remarks>
/// Checkpoints, early stopping, clipping and progress are those of <see cref="EarlyExitTrainer"/>. A checkpoint is of one trained network:
/// a run goes on from it only if all that the gates leave alone has the same values still.
/// </remarks>
/// <param name="network">The network, on the device to train on. Batches are moved there.</param>
/// <param name="options">How to train its gates.</param>
public sealed class GateTrainer(EarlyExitModule network, GateTrainingOptions options)
{
    private readonly EarlyExitModule network = network ?? throw new ArgumentNullException(nameof(network));
    private readonly GateTrainingOptions options = options ?? throw new ArgumentNullException(nameof(options));

    /// <summary>
    /// Trains every gate to the end, from the checkpoint if the options name one that exists. Leaves the network in evaluation mode.
    /// </summary>
    /// <param name="training">
    /// The data. Labels are not looked at when the gates learn agreement. The first batch is read once more beforehand, to see which
    /// parameters the gates use.
    /// </param>
    /// <param name="validation">Data to measure the gates on after each epoch; none by default.</param>
    /// <param name="progress">Told some ten times a second, and at the end of each epoch.</param>
    /// <param name="cancellation">Ends the run after the current batch, with a checkpoint if the options name one.</param>
    /// <exception cref="ArgumentException">The network has an extra input.</exception>
    /// <exception cref="InvalidOperationException">
    /// The network has no gate, a gate shares a parameter with a stage or an exit, there is no batch, a regression has no tolerance, an
    /// option contradicts another, or the checkpoint is of another run.
    /// </exception>
    /// <exception cref="TrainingDivergedException">A gate's loss became NaN or infinite.</exception>
    /// <exception cref="IOException">The checkpoint can't be read or written.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public GateTrainingResult Fit(
        TrainingBatches training,
        TrainingBatches? validation = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(training);
        options.Validate(validation is not null);
        OneInput.Require(network.Plan, "training of gates knows");
        GateObjective objective = new(network, options, training);
        using TrainingRun run = new(objective, options, training, validation, progress);
        TrainingResult result = run.Run(cancellation);
        ImmutableArray<ExitMetrics> exits = result.Epochs[^1].Training;
        return new GateTrainingResult([.. objective.Gates.Select(exit => Metrics(exits[exit], run.LastEpoch.PositiveShare(exit)))], result);
    }

    private static GateMetrics Metrics(ExitMetrics gate, double targetShare) => new(gate.Exit, gate.Loss, gate.Accuracy, targetShare);
}
