using EarlyExitGen.Lab.Evaluation;

namespace EarlyExitGen.Lab.Training;

/// <summary>Trains an early-exit network by any strategy. Not thread-safe, as TorchSharp modules are not.</summary>
/// <remarks>
/// Training runs in the module's own precision: TorchSharp has neither autocast nor a gradient scaler, so there is no mixed precision. A
/// second copy of the weights in float16 is no way round: a network's stages are the author's own modules and methods, which can't be
/// copied from outside, and without autocast its normalisation and its losses would run in float16 too.
/// </remarks>
/// <param name="network">The network, on the device to train on. Batches are moved there.</param>
/// <param name="options">How to train it.</param>
public sealed class EarlyExitTrainer(EarlyExitModule network, TrainingOptions options)
{
    private readonly EarlyExitModule network = network ?? throw new ArgumentNullException(nameof(network));
    private readonly TrainingOptions options = options ?? throw new ArgumentNullException(nameof(options));

    /// <summary>
    /// Trains to the end, from the checkpoint if the options name one that exists. Leaves the network in evaluation mode.
    /// </summary>
    /// <param name="training">
    /// The data to train on. The first batch is read once more beforehand, to see which parameters each stage and exit uses.
    /// </param>
    /// <param name="validation">Data to measure on after each epoch; none by default.</param>
    /// <param name="progress">Told some ten times a second, and at the end of each epoch.</param>
    /// <param name="cancellation">Ends the run after the current batch, with a checkpoint if the options name one.</param>
    /// <exception cref="ArgumentException">A strategy, loss weight or gradient factor does not fit the network, or it has an extra input.</exception>
    /// <exception cref="InvalidOperationException">
    /// There is no batch, an option contradicts another, or the checkpoint is of another run.
    /// </exception>
    /// <exception cref="TrainingDivergedException">A loss became NaN or infinite.</exception>
    /// <exception cref="IOException">The checkpoint can't be read or written.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public TrainingResult Fit(
        TrainingBatches training,
        TrainingBatches? validation = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(training);
        options.Validate(validation is not null);
        OneInput.Require(network.Plan, "training knows");
        ExitObjective objective = new(network, options, training);
        using TrainingRun run = new(objective, options, training, validation, progress);
        return run.Run(cancellation);
    }
}
