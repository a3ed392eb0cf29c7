using System.ComponentModel;
using System.Runtime.CompilerServices;
using EarlyExitGen.Cpu.Memory;

namespace EarlyExitGen.CpuRuntime;

/// <content>
/// Rows of a batch that go through each layer together, for networks whose layers all work on rows of features: a layer's weights are
/// then loaded once for all of them. Rows that are answered make room for those that stay.
/// </content>
public abstract partial class EarlyExitCpuPipeline
{
    // places[i] is the row, counted from the first of these, whose features are at place i of the maps.
    private int[] places = [];

    // The places of the rows that stay at the exit under way.
    private int[] staying = [];
    private int stayed;

    /// <summary>How many rows of a batch go through each layer together. Each feature map has room for as many.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected virtual int RowsTogether => 1;

    /// <summary>As <see cref="RowsTogether"/>, for the threads of a batch.</summary>
    internal int RowsAtATime => RowsTogether;

    /// <summary>How many rows have no answer yet.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected int Remaining { get; private set; }

    /// <summary>Answers the rows that remain. Only where <see cref="RowsTogether"/> is more than 1.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected virtual void RunRows(ReadOnlySpan<float> inputs, ExitPolicy policy) => throw new NotSupportedException(
        $"{Plan.Name}: its layers don't take rows together.");

    /// <summary>Whether a limit ends the call before its next part, with the answers so far.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected bool AreOver(int nextExit) => State.IsOver(nextExit, places.AsSpan(0, Remaining));

    /// <summary>The logits that a head wrote for all rows that remain.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected ReadOnlySpan<float> ReadRows(ArenaBuffer head)
    {
        stayed = 0;
        return head.AsSpan();
    }

    /// <summary>The values that a gate wrote for all rows that remain, before the sigmoid.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected ReadOnlySpan<float> ReadGates(ArenaBuffer gate)
    {
        Span<float> values = State.Gates[..Remaining];
        int pitch = Pitch(gate.Length);
        for (int place = 0; place < values.Length; place++) values[place] = gate.AsSpan()[place * pitch];
        return values;
    }

    /// <summary>The row at a place, counted from the first of these rows.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected int RowAt(int place) => places[place];

    /// <summary>The logits of the row at a place.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected ReadOnlySpan<float> LogitsAt(int place, ReadOnlySpan<float> all) => all.Slice(place * Pitch(all.Length), Plan.Classes);

    /// <summary>Answers the row at a place, or lets it go on. Places are settled in order.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected void Settle(int place, bool leaves, int exit, float score, ReadOnlySpan<float> logits)
    {
        int row = places[place];
        if (leaves)
        {
            State.Keep(row, exit, score, logits, ExitReason.Conditions);
            return;
        }

        State.Remember(row, exit, score, logits);
        staying[stayed] = place;
        places[stayed++] = row;
    }

    /// <summary>Answers a row that reached the last exit.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected void SettleLast(int place, ReadOnlySpan<float> logits) => State.KeepLast(places[place], logits, currentRow + places[place]);

    /// <summary>Removes the rows that were answered from the features.</summary>
    /// <returns>Whether no row is left.</returns>
    [EditorBrowsable(EditorBrowsableState.Never)]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected bool Compact(ArenaBuffer features)
    {
        Span<float> all = features.AsSpan();
        int pitch = Pitch(all.Length);
        for (int place = 0; place < stayed; place++)
        {
            if (staying[place] != place) all.Slice(staying[place] * pitch, pitch).CopyTo(all[(place * pitch)..]);
        }

        Remaining = stayed;
        return stayed == 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AnswerTogether(
        ReadOnlySpan<float> inputs, Span<float> logits, Span<ExitDecision> decisions, ExitPolicy policy, in CallLimits limits)
    {
        if (places.Length == 0)
        {
            places = new int[RowsTogether];
            staying = new int[RowsTogether];
            State.Reserve(RowsTogether);
        }

        State.Begin(policy, limits, decisions.Length);
        Remaining = decisions.Length;
        for (int row = 0; row < Remaining; row++) places[row] = row;
        RunRows(inputs, policy);
        State.Answers[..logits.Length].CopyTo(logits);
        State.Decisions[..decisions.Length].CopyTo(decisions);
    }

    /// <summary>The floats of one row in a map.</summary>
    private int Pitch(int length) => length / RowsTogether;
}
