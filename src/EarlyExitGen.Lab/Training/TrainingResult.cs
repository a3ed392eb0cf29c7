using System.Collections.Immutable;

namespace EarlyExitGen.Lab.Training;

/// <summary>How one exit did over some batches.</summary>
/// <param name="Exit">The exit's name.</param>
/// <param name="Loss">The mean loss over the samples; NaN when the exit took no part.</param>
/// <param name="Accuracy">
/// The share of right answers, from 0 to 1; NaN when the exit took no part or the labels are not class indices.
/// </param>
public sealed record ExitMetrics(string Exit, double Loss, double Accuracy);

/// <summary>One epoch of a run.</summary>
/// <param name="Phase">The phase's name.</param>
/// <param name="Epoch">The epoch, counted from 1 through all phases.</param>
/// <param name="Training">
/// Per exit, over the epoch's batches as they were trained on: in training mode, with distillation in the loss.
/// </param>
/// <param name="Validation">Per exit, after the epoch; empty without validation data.</param>
/// <param name="LearningRate">Of the first parameter group, as the epoch ended.</param>
public sealed record EpochResult(
    string Phase, int Epoch, ImmutableArray<ExitMetrics> Training, ImmutableArray<ExitMetrics> Validation, double LearningRate);

/// <summary>A finished run.</summary>
/// <param name="Epochs">Every epoch, those before an interruption included.</param>
/// <param name="StoppedEarly">The phases that early stopping ended.</param>
/// <param name="Elapsed">The time spent training, over all processes that took part.</param>
public sealed record TrainingResult(ImmutableArray<EpochResult> Epochs, ImmutableArray<string> StoppedEarly, TimeSpan Elapsed);
