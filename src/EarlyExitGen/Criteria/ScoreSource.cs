namespace EarlyExitGen.Criteria;

/// <summary>What a criterion scores.</summary>
public enum ScoreSource
{
    /// <summary>The exit's own logits.</summary>
    Logits,

    /// <summary>The exit's answer and those of the exits before it.</summary>
    EarlierAnswers,

    /// <summary>The value of the exit's gate.</summary>
    Gate,
}
