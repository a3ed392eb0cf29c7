using System.Collections.Immutable;

namespace EarlyExitGen.Lab.Training;

/// <summary>How one gate did in the last epoch of its training.</summary>
/// <param name="Exit">The name of its exit.</param>
/// <param name="Loss">The mean binary cross-entropy.</param>
/// <param name="Accuracy">How often the gate, cut at one half, was right about its exit, in [0, 1].</param>
/// <param name="TargetShare">The share of the inputs for which it should have said yes, in [0, 1].</param>
public sealed record GateMetrics(string Exit, double Loss, double Accuracy, double TargetShare);

/// <summary>What training gates gave.</summary>
/// <param name="Gates">One entry for each exit with a gate, in the order of the exits.</param>
/// <param name="Run">
/// Every epoch, with the loss and the accuracy of each gate in the place of its exit's, and NaN for exits without a gate.
/// </param>
public sealed record GateTrainingResult(ImmutableArray<GateMetrics> Gates, TrainingResult Run);
