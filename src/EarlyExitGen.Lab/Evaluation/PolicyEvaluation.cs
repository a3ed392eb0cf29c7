using System.Collections.Immutable;

namespace EarlyExitGen.Lab.Evaluation;

/// <summary>
/// What a policy does on labelled data, beside full depth. Shares and accuracies are in [0, 1]; costs in the model's unit. An answer is
/// right when its class is; with several labels, when every one is; with quantities, when each is within the network's
/// <see cref="NetworkPlan.AgreementTolerance"/>.
/// </summary>
/// <param name="Policy">The policy.</param>
/// <param name="Costs">The cost model.</param>
/// <param name="Rows">The number of inputs.</param>
/// <param name="Accuracy">With early exits.</param>
/// <param name="FullDepthAccuracy">
/// Of the last exit for every input; where exits answer together, together with those that are switched on.
/// </param>
/// <param name="AverageCost">Of one input; heads and checks on the way included.</param>
/// <param name="FullDepthCost">Of an input of a network without early exits.</param>
/// <param name="NeverExitCost">Of an input that passes every exit: full depth and every head that is on.</param>
/// <param name="Exits">One per exit.</param>
/// <param name="Classes">One per class or label; none for quantities.</param>
/// <param name="Depth">How answers change with depth.</param>
/// <param name="Sensitivity">One per early exit, by the threshold of its first condition.</param>
public sealed record PolicyEvaluation(
    ExitPolicy Policy,
    CostModel Costs,
    int Rows,
    double Accuracy,
    double FullDepthAccuracy,
    double AverageCost,
    double FullDepthCost,
    double NeverExitCost,
    ImmutableArray<ExitEvaluation> Exits,
    ImmutableArray<ClassEvaluation> Classes,
    DepthStatistics Depth,
    ImmutableArray<ThresholdSensitivity> Sensitivity)
{
    /// <summary>How many times cheaper the average input is than full depth; below 1 when early exit costs more than it saves.</summary>
    public double Speedup => FullDepthCost / AverageCost;

    /// <summary>The mean absolute error of quantities with early exits; null for other outputs.</summary>
    public double? Error { get; init; }

    /// <summary>The mean absolute error of quantities at full depth; null for other outputs.</summary>
    public double? FullDepthError { get; init; }
}

/// <summary>One exit under a policy.</summary>
/// <param name="Name">The exit.</param>
/// <param name="Share">The share of the inputs that leave here.</param>
/// <param name="AccuracyOfLeaving">The accuracy on those; NaN when none leave.</param>
/// <param name="AccuracyOnAll">The accuracy that this exit would have on every input.</param>
/// <param name="Cost">The cost of an input that leaves here.</param>
/// <param name="Uncalibrated">
/// Its confidence against its accuracy on every input, at temperature 1; without bins for quantities, which have no confidence.
/// </param>
/// <param name="Calibrated">The same at the policy's temperature.</param>
public sealed record ExitEvaluation(
    string Name,
    double Share,
    double AccuracyOfLeaving,
    double AccuracyOnAll,
    double Cost,
    ReliabilityDiagram Uncalibrated,
    ReliabilityDiagram Calibrated)
{
    /// <summary>The mean absolute error that this exit would have on every input; null but for quantities.</summary>
    public double? ErrorOnAll { get; init; }
}

/// <summary>One class or label under a policy.</summary>
/// <param name="Label">The class or label.</param>
/// <param name="Rows">Its inputs: those that are of the class, or have the label.</param>
/// <param name="ExitShares">The share of them that leave at each exit; all 0 without inputs.</param>
/// <param name="Accuracy">The share of them that get the class or label, with early exits; 0 without inputs.</param>
/// <param name="FullDepthAccuracy">Of the last exit; 0 without inputs.</param>
public sealed record ClassEvaluation(
    int Label, int Rows, ImmutableArray<double> ExitShares, double Accuracy, double FullDepthAccuracy)
{
    /// <summary>What early exit costs this class; negative where it gains.</summary>
    public double AccuracyLoss => FullDepthAccuracy - Accuracy;
}

/// <summary>How answers change with depth, each as a share of the inputs but <paramref name="MeanFlips"/>.</summary>
/// <param name="Premature">Left early with a wrong answer that full depth would have put right.</param>
/// <param name="Saved">Left early with a right answer that full depth would have spoilt.</param>
/// <param name="Disagreement">Left early with another answer than full depth's, right or wrong.</param>
/// <param name="Overthinking">
/// Full depth is wrong though some early exit is right. Kaya, Hong and Dumitras, "Shallow-Deep Networks: Understanding and Mitigating
/// Network Overthinking", 2019.
/// </param>
/// <param name="MeanFlips">How often the answer changes from one exit to the next on the way to full depth, on average.</param>
public sealed record DepthStatistics(double Premature, double Saved, double Disagreement, double Overthinking, double MeanFlips);

/// <summary>What happens when one threshold moves and the others stay.</summary>
/// <param name="Exit">The exit, counted from 0.</param>
/// <param name="Points">From strict to loose.</param>
public sealed record ThresholdSensitivity(int Exit, ImmutableArray<SensitivityPoint> Points);

/// <summary>One threshold of a <see cref="ThresholdSensitivity"/>.</summary>
/// <param name="Threshold">In the criterion's own unit.</param>
/// <param name="Share">The share of the inputs that leave at that exit.</param>
/// <param name="Accuracy">Of the whole policy.</param>
/// <param name="AverageCost">Of the whole policy.</param>
public sealed record SensitivityPoint(float Threshold, double Share, double Accuracy, double AverageCost);
