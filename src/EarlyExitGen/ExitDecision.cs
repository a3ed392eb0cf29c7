namespace EarlyExitGen;

/// <summary>What an early-exit network answered for one input, and where.</summary>
/// <param name="Exit">The exit that answered, counted from 0 in declaration order.</param>
/// <param name="Label">The class with the largest logit; the first of them on a tie.</param>
/// <param name="Score">
/// The score of that exit's criterion, in its own unit. The last exit has no criterion: its score is the confidence, the largest
/// softmax probability.
/// </param>
public readonly record struct ExitDecision(int Exit, int Label, float Score);
