using System.Globalization;

namespace EarlyExitGen.Lab.Calibration;

/// <summary>A promise on new data, and what it rests on.</summary>
/// <param name="Loss">What is limited; a rate.</param>
/// <param name="Risk">The limit of the expected loss on new data of the same distribution.</param>
/// <param name="Confidence">The probability, over the draw of the calibration data, that the limit holds.</param>
/// <param name="TestRows">The rows that tested it; no threshold was learnt from them.</param>
/// <param name="Losses">How many of them lost.</param>
/// <param name="UpperBound">The Clopper–Pearson bound of the expected loss at the confidence; 0 for full depth, which can't lose.</param>
/// <param name="Tuned">What thresholds tuned without a guarantee would do.</param>
public sealed record RiskGuarantee(
    ExitLoss Loss, double Risk, double Confidence, int TestRows, int Losses, double UpperBound, TunedThresholds Tuned)
{
    /// <summary>The promise as one sentence.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Loss.Describe()} of at most {Risk:0.####} on new data of the same distribution, with {Confidence:0.##%} confidence ") +
        string.Create(CultureInfo.InvariantCulture, $"({Losses} of {TestRows} test rows lost, bound {UpperBound:0.#####})");
}

/// <summary>The thresholds that merely keep the budget on the data that they were learnt from, judged on rows they have not seen.</summary>
/// <param name="Policy">The policy.</param>
/// <param name="Losses">How many of the test rows lost.</param>
/// <param name="UpperBound">The bound of its expected loss at the confidence.</param>
/// <param name="SamplesNeeded">
/// About how many samples in all would let it be promised if it went on losing at this rate; null when it loses more than the risk.
/// </param>
public sealed record TunedThresholds(ExitPolicy Policy, int Losses, double UpperBound, int? SamplesNeeded);
