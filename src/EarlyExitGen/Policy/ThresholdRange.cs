using EarlyExitGen.Criteria;

namespace EarlyExitGen;

/// <summary>The finite thresholds that make sense for a criterion; infinities always do, as "always" and "never".</summary>
internal readonly record struct ThresholdRange(float Smallest, float Largest)
{
    /// <summary>The range of the library's own criteria; every number for a user's.</summary>
    public static ThresholdRange Of(ExitCriterion criterion, NetworkPlan network)
    {
        if (criterion == ExitCriterion.Patience) return new(1, network.Exits.Length);
        if (criterion == ExitCriterion.Of<Confidence>()
            || criterion == ExitCriterion.Of<Margin>()
            || criterion == ExitCriterion.Of<NormalizedEntropy>()
            || criterion == ExitCriterion.Of<LabelConfidence>()
            || criterion == ExitCriterion.Gate)
        {
            return new(0, 1);
        }

        // The float entropy of a uniform row may exceed ln C by a rounding error.
        return criterion == ExitCriterion.Of<Entropy>() ? new(0, MathF.Log(network.Classes) + 1e-3f) : new(float.MinValue, float.MaxValue);
    }

    /// <summary>Whether a threshold is infinite or in the range. False for NaN.</summary>
    public bool Contains(float threshold) => float.IsInfinity(threshold) || (threshold >= Smallest && threshold <= Largest);
}
