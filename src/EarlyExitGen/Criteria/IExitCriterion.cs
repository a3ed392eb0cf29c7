namespace EarlyExitGen.Criteria;

/// <summary>
/// An exit criterion: a score of one row of logits, and the comparison of that score with a threshold. Generated code calls the
/// static members of the implementing struct directly, so that they are inlined.
/// </summary>
/// <remarks>
/// Implementations are pure and thread-safe, allocate nothing, and never let a NaN score exit: <c>score &gt;= threshold</c> and
/// <c>score &lt;= threshold</c> are both false for NaN, as this contract needs.
/// </remarks>
public interface IExitCriterion
{
    /// <summary>The name in plans, policies and reports, for example <c>entropy</c>.</summary>
    static abstract string Name { get; }

    /// <summary>Scores one row of logits.</summary>
    /// <param name="logits">One value per class, unnormalised; at least one.</param>
    /// <returns>The score in the criterion's own unit; NaN when the logits contain NaN.</returns>
    static abstract float Score(ReadOnlySpan<float> logits);

    /// <summary>Whether an input with this score leaves at this exit. False when <paramref name="score"/> is NaN.</summary>
    static abstract bool ShouldExit(float score, float threshold);

    /// <summary>
    /// What the score of logits that were divided by a temperature stands for. The score itself, unless its unit is that of the logits.
    /// </summary>
    /// <param name="score">The score of logits / temperature.</param>
    /// <param name="temperature">Above 0.</param>
    static virtual float AtTemperature(float score, float temperature) => score;
}
