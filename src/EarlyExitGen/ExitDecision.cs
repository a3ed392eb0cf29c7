namespace EarlyExitGen;

/// <summary>What an early-exit network answered for one input, and where.</summary>
/// <param name="Exit">The exit that answered, counted from 0 in declaration order.</param>
/// <param name="Label">
/// The class, or the label, with the largest logit; the first of them on a tie. −1 for regression, which has neither.
/// </param>
/// <param name="Score">
/// The score of the criterion in that exit's <see cref="ExitAttribute"/>, in its own unit. The last exit has no criterion: its score is
/// the confidence, and for regression NaN.
/// </param>
public readonly record struct ExitDecision(int Exit, int Label, float Score)
{
    /// <summary>Why it was answered there.</summary>
    public ExitReason Reason { get; init; }
}
