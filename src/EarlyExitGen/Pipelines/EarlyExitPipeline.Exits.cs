using System.ComponentModel;
using System.Runtime.CompilerServices;
using EarlyExitGen.Exits;

namespace EarlyExitGen;

/// <content>What generated code asks of the exits that came before. None of it allocates.</content>
public abstract partial class EarlyExitPipeline
{
    private static readonly int[] OnlyRow = [0];

    /// <summary>The scratch of the exits.</summary>
    private protected ExitState State { get; }

    /// <summary>Whether a limit ends the call before its next part, with the answer so far.</summary>
    /// <param name="nextExit">The exit that would run next.</param>
    [EditorBrowsable(EditorBrowsableState.Never)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected bool IsOver(int nextExit) => State.IsOver(nextExit, OnlyRow);

    /// <summary>Keeps the answer of an exit whose conditions did not hold, where it may be needed later.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected void Remember(int exit, float score, ReadOnlySpan<float> logits) => State.Remember(0, exit, score, logits);

    /// <summary>How many exits in a row, this one included, gave this answer.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected float CountAgreeing(ReadOnlySpan<float> logits, int row = 0) => State.CountAgreeing(row, logits);

    /// <summary>The answer of this exit together with those before it.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected ReadOnlySpan<float> Ensemble(int exit, ReadOnlySpan<float> logits, int row = 0) => State.Ensemble(row, exit, logits);

    /// <summary>The score of a gate from its value; NaN when the logits that it would let go have a NaN.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected static float GateScore(float gate, ReadOnlySpan<float> logits) => Outputs.GateScore(gate, logits);
}
