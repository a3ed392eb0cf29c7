namespace EarlyExitGen.Criteria;

/// <summary>
/// A criterion as an object, for code that picks one at run time: eager evaluation, calibration, reports. Generated code does not
/// use it. Thread-safe.
/// </summary>
public abstract class ExitCriterion
{
    private ExitCriterion()
    {
    }

    /// <summary>How many exits in a row have given the same answer; see <see cref="Criterion.Patience"/>. At least the threshold.</summary>
    public static ExitCriterion Patience { get; } = new HigherIsSurer("patience", ScoreSource.EarlierAnswers);

    /// <summary>What the exit's gate says; see <see cref="Criterion.Gate"/>. At least the threshold.</summary>
    public static ExitCriterion Gate { get; } = new HigherIsSurer("gate", ScoreSource.Gate);

    /// <summary>What it scores. Only those that score logits have a <see cref="Score(ReadOnlySpan{float})"/>.</summary>
    public abstract ScoreSource Source { get; }

    /// <inheritdoc cref="IExitCriterion.Name"/>
    public abstract string Name { get; }

    /// <inheritdoc cref="IExitCriterion.Score"/>
    public abstract float Score(ReadOnlySpan<float> logits);

    /// <inheritdoc cref="TemperatureScaling.Score"/>
    public abstract float Score(ReadOnlySpan<float> logits, float temperature);

    /// <inheritdoc cref="IExitCriterion.ShouldExit"/>
    public abstract bool ShouldExit(float score, float threshold);

    /// <summary>The one object for a criterion.</summary>
    public static ExitCriterion Of<TCriterion>()
        where TCriterion : struct, IExitCriterion => Instance<TCriterion>.Value;

    /// <inheritdoc/>
    public override string ToString() => Name;

    private sealed class Instance<TCriterion> : ExitCriterion
        where TCriterion : struct, IExitCriterion
    {
        public static readonly Instance<TCriterion> Value = new();

        public override ScoreSource Source => ScoreSource.Logits;

        public override string Name => TCriterion.Name;

        public override float Score(ReadOnlySpan<float> logits) => TCriterion.Score(logits);

        public override float Score(ReadOnlySpan<float> logits, float temperature) =>
            TemperatureScaling.Score<TCriterion>(logits, temperature);

        public override bool ShouldExit(float score, float threshold) => TCriterion.ShouldExit(score, threshold);
    }

    private sealed class HigherIsSurer(string name, ScoreSource source) : ExitCriterion
    {
        public override string Name => name;

        public override ScoreSource Source => source;

        public override float Score(ReadOnlySpan<float> logits) =>
            throw new NotSupportedException($"One row of logits has no score of the criterion '{name}'.");

        public override float Score(ReadOnlySpan<float> logits, float temperature) => Score(logits);

        public override bool ShouldExit(float score, float threshold) => score >= threshold;
    }
}
