namespace EarlyExitGen.Generator.Model;

/// <summary>The rule by which an input leaves at an exit.</summary>
/// <param name="Criterion">The criterion of the exit's own attribute.</param>
/// <param name="Threshold">Its threshold.</param>
/// <param name="Further">The conditions beside it.</param>
/// <param name="Combination">How all of them decide together.</param>
internal sealed record RuleModel(
    CriterionModel Criterion, float Threshold, EquatableArray<ConditionModel> Further, Combination Combination)
{
    /// <summary>All conditions, the exit's own first.</summary>
    public IEnumerable<ConditionModel> Conditions => Further.Prepend(new ConditionModel(Criterion, Threshold));

    public bool Uses(ScoreSource source) => Conditions.Any(condition => condition.Criterion.Source == source);
}

/// <summary>A criterion with its threshold.</summary>
internal sealed record ConditionModel(CriterionModel Criterion, float Threshold);

/// <summary>A criterion.</summary>
/// <param name="Type">The struct that scores, fully qualified; the name again when no struct does.</param>
/// <param name="Name">As people say it, for example <c>entropy</c>.</param>
/// <param name="Comparison">How a score is compared with the threshold, or null when the struct's own method decides.</param>
/// <param name="Unit">The unit of its score, or empty.</param>
/// <param name="Source">What it scores.</param>
internal sealed record CriterionModel(string Type, string Name, Comparison? Comparison, string Unit, ScoreSource Source = ScoreSource.Logits);

/// <summary>When an input leaves: the score is at least, or at most, the threshold.</summary>
internal enum Comparison
{
    AtLeast,
    AtMost,
}

/// <summary>What a criterion scores. The names are the library's.</summary>
internal enum ScoreSource
{
    Logits,
    EarlierAnswers,
    Gate,
}

/// <summary>How several conditions decide together. The names and numbers are the library's.</summary>
internal enum Combination
{
    All = 0,
    Any = 1,
}

/// <summary>A module on the features of an exit's stage whose value says whether the exit is right.</summary>
internal sealed record GateModel(MemberModel Member, EquatableArray<LayerModel> Layers);

/// <summary>What a network's exits give, and how their answers combine.</summary>
/// <param name="Output">What the values stand for.</param>
/// <param name="EnsembleWeights">One per exit; empty when every exit answers for itself.</param>
/// <param name="AgreementTolerance">How far values may move between exits that agree.</param>
/// <param name="Fallback">Which exit answers when no condition holds.</param>
internal sealed record AnswerModel(
    NetworkOutput Output, EquatableArray<float> EnsembleWeights, float AgreementTolerance, Fallback Fallback)
{
    public static readonly AnswerModel Default = new(NetworkOutput.Classification, [], 0, Fallback.LastExit);
}

/// <summary>What the values of an exit stand for. The names and numbers are those of the library's <c>OutputKind</c>.</summary>
internal enum NetworkOutput
{
    Classification = 0,
    MultiLabel = 1,
    Regression = 2,
}

/// <summary>Which exit answers when no condition holds. The names and numbers are the library's.</summary>
internal enum Fallback
{
    LastExit = 0,
    MostConfident = 1,
}
