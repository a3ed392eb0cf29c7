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

        public override string Name => TCriterion.Name;

        public override float Score(ReadOnlySpan<float> logits) => TCriterion.Score(logits);

        public override float Score(ReadOnlySpan<float> logits, float temperature) =>
            TemperatureScaling.Score<TCriterion>(logits, temperature);

        public override bool ShouldExit(float score, float threshold) => TCriterion.ShouldExit(score, threshold);
    }
}
