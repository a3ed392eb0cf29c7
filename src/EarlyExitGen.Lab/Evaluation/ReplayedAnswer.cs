namespace EarlyExitGen.Lab.Evaluation;

/// <summary>How a replayed policy answers one recorded row.</summary>
/// <param name="Decision">The exit that answers, its label and score, and why.</param>
/// <param name="Depth">
/// The deepest exit that ran, which is what the row costs: deeper than the exit that answers where an earlier one was the most confident.
/// </param>
public readonly record struct ReplayedAnswer(ExitDecision Decision, int Depth)
{
    /// <summary>The exit that answers.</summary>
    public int Exit => Decision.Exit;
}
