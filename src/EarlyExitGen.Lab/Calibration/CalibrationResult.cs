using System.Collections.Immutable;
using EarlyExitGen.Lab.Evaluation;

namespace EarlyExitGen.Lab.Calibration;

/// <summary>One policy of the accuracy–compute front: no other policy is better in both.</summary>
/// <param name="Policy">The policy.</param>
/// <param name="Loss">The mean loss on the calibration data, in [−1, 1].</param>
/// <param name="AverageCost">The average cost on that data, in the cost model's unit.</param>
/// <param name="CostBound">
/// No thresholds whatever reach this loss at a lower average cost; equal to <paramref name="AverageCost"/> where the search was exact.
/// </param>
public sealed record ParetoPoint(ExitPolicy Policy, double Loss, double AverageCost, double CostBound)
{
    /// <summary>How much cheaper an unseen policy might be, as a share of this one's cost; 0 when it is proven optimal.</summary>
    public double Gap => AverageCost > 0 ? (AverageCost - CostBound) / AverageCost : 0;
}

/// <summary>What a calibration found.</summary>
/// <param name="Policy">The policy, with the note of its calibration.</param>
/// <param name="Chosen">The same policy with its loss and cost on the data that it was tuned on.</param>
/// <param name="Loss">How losses were counted.</param>
/// <param name="Front">The whole front, from the smallest loss to the smallest cost.</param>
/// <param name="Temperatures">One per exit; empty when none were fitted.</param>
/// <param name="Costs">The cost model that was used.</param>
/// <param name="Guarantee">What is promised on new data; null without a risk.</param>
/// <param name="Notes">
/// What a user should know, one sentence each: exits that are off and why, a gap that is left, a promise not made.
/// </param>
public sealed record CalibrationResult(
    ExitPolicy Policy,
    ParetoPoint Chosen,
    ExitLoss Loss,
    ImmutableArray<ParetoPoint> Front,
    ImmutableArray<TemperatureFit> Temperatures,
    CostModel Costs,
    RiskGuarantee? Guarantee,
    ImmutableArray<string> Notes);
