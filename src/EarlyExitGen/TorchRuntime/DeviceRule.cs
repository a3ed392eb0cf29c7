using System.Collections.Immutable;
using EarlyExitGen.Criteria;

namespace EarlyExitGen.TorchRuntime;

/// <summary>What is computed of a row of logits on a device. From these numbers the host has every score.</summary>
internal enum RowStatistic
{
    /// <summary>The index of the largest logit.</summary>
    Label,

    /// <summary>The largest probability.</summary>
    Confidence,

    /// <summary>The entropy of the probabilities in nats.</summary>
    Entropy,

    /// <summary>How far the largest probability is from the next one.</summary>
    Margin,

    /// <summary>The largest logit, divided by the temperature.</summary>
    LargestLogit,
}

/// <summary>How an exit decides by <see cref="RowStatistic"/>s.</summary>
/// <param name="Criteria">What its conditions ask; empty for the last exit.</param>
/// <param name="Combination">How they decide together.</param>
/// <param name="Statistics">What they need, the label first.</param>
internal sealed record DeviceRule(
    ImmutableArray<ExitCriterion> Criteria, Combination Combination, ImmutableArray<RowStatistic> Statistics)
{
    // Statistics are float32, which has every integer up to here.
    private const int MostClasses = 1 << 24;

    private static readonly ExitCriterion Confidence = ExitCriterion.Of<Confidence>();
    private static readonly ExitCriterion Entropy = ExitCriterion.Of<Entropy>();
    private static readonly ExitCriterion NormalizedEntropy = ExitCriterion.Of<NormalizedEntropy>();
    private static readonly ExitCriterion Margin = ExitCriterion.Of<Margin>();
    private static readonly ExitCriterion Energy = ExitCriterion.Of<Energy>();

    /// <summary>
    /// The rule of an exit whose answer is its own logits and whose conditions are all of the library's own criteria on them; null for any
    /// other, which the host decides.
    /// </summary>
    public static DeviceRule? Of(NetworkPlan plan, int exit)
    {
        if (plan.Output != OutputKind.Classification || !plan.EnsembleWeights.IsEmpty || plan.Classes > MostClasses) return null;

        // An exit that does not ask how many agree is one of those that must.
        if (plan.Exits.Skip(exit).Any(later => later.Uses(ScoreSource.EarlierAnswers))) return null;
        ImmutableArray<ExitCriterion> criteria = [.. plan.Exits[exit].Criteria];
        if (criteria.Any(criterion => Needs(criterion).IsEmpty)) return null;
        IEnumerable<RowStatistic> needed = criteria.SelectMany(criterion => Needs(criterion));
        bool needsConfidence = criteria.IsEmpty || plan.Fallback == Fallback.MostConfident;
        return new DeviceRule(
            criteria,
            plan.Exits[exit].Combination,
            [.. (needsConfidence ? needed.Append(RowStatistic.Confidence) : needed).Prepend(RowStatistic.Label).Distinct()]);
    }

    /// <summary>The score of a criterion from what is known of a row, as the criterion itself computes it from there.</summary>
    /// <param name="criterion">One of <see cref="Criteria"/>.</param>
    /// <param name="row">The statistics by their number.</param>
    /// <param name="classes">How many logits the row has.</param>
    /// <param name="temperature">What divided them.</param>
    public static float Score(ExitCriterion criterion, ReadOnlySpan<float> row, int classes, float temperature)
    {
        float confidence = row[(int)RowStatistic.Confidence];
        if (criterion == Confidence) return confidence;
        if (criterion == Margin) return row[(int)RowStatistic.Margin];
        if (criterion == Energy) return (MathF.Log(confidence) - row[(int)RowStatistic.LargestLogit]) * temperature;
        float entropy = row[(int)RowStatistic.Entropy];
        return criterion == Entropy || classes == 1 ? entropy : MathF.Min(entropy / MathF.Log(classes), 1);
    }

    private static ImmutableArray<RowStatistic> Needs(ExitCriterion criterion) =>
        criterion == Confidence ? [RowStatistic.Confidence]
        : criterion == Margin ? [RowStatistic.Margin]
        : criterion == Energy ? [RowStatistic.Confidence, RowStatistic.LargestLogit]
        : criterion == Entropy || criterion == NormalizedEntropy ? [RowStatistic.Entropy]
        : [];
}
