using System.Collections.Immutable;

namespace EarlyExitGen;

/// <summary>How the thresholds of an <see cref="ExitPolicy"/> were found, and what they are expected to do. Immutable.</summary>
/// <param name="Time">When.</param>
/// <param name="DataHash">A hash of the held-out data: labels and every exit's logits.</param>
/// <param name="Samples">The number of held-out samples; at least 1.</param>
/// <param name="Budget">What the thresholds had to keep, in words.</param>
/// <param name="Guarantee">The statement that holds on new data of the same distribution; null when there is none.</param>
/// <param name="ExitShares">The expected share of inputs per exit, each in [0, 1], summing to 1.</param>
/// <param name="Accuracy">The expected accuracy, in [0, 1].</param>
/// <param name="FullDepthAccuracy">The accuracy of the last exit alone on the same data, in [0, 1].</param>
/// <param name="AverageCost">The expected average cost of one input, in <paramref name="CostUnit"/>; at least 0.</param>
/// <param name="CostUnit">The unit of the cost, for example <c>MACs</c> or <c>ms</c>.</param>
public sealed record CalibrationRecord(
    DateTimeOffset Time,
    string DataHash,
    int Samples,
    string Budget,
    string? Guarantee,
    ImmutableArray<double> ExitShares,
    double Accuracy,
    double FullDepthAccuracy,
    double AverageCost,
    string CostUnit);
