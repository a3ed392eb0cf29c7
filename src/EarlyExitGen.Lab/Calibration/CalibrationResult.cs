using System.Collections.Immutable;
using EarlyExitGen.Cpu.Weights;
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
    ImmutableArray<string> Notes)
{
    /// <summary>
    /// Writes the whole result as JSON, the front included; <see cref="ExitPolicy.Save"/> writes what a running network needs. The file is
    /// complete or untouched.
    /// </summary>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        byte[] json = CalibrationJson.Write(this);
        AtomicFile.Write(path, file => file.Write(json));
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <param name="network">The network that it must be for.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">
    /// It is not such a document, is truncated, is of another version or for another network, or has a value out of range.
    /// </exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    public static CalibrationResult Load(NetworkPlan network, string path)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentException.ThrowIfNullOrEmpty(path);
        return CalibrationJson.Read(network, path);
    }
}
