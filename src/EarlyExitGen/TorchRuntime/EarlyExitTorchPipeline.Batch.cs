using System.ComponentModel;
using static TorchSharp.torch;

namespace EarlyExitGen.TorchRuntime;

/// <content>
/// Batches: each row leaves at its own exit, the rows that stay are gathered where that pays, and every row's answer goes to the caller's
/// place for it.
/// </content>
public abstract partial class EarlyExitTorchPipeline
{
    // Sized for the largest batch so far: the rows without an answer, as the caller counts them, and the place of each in the features,
    // which still have rows that left unless they were gathered.
    private int[] rows = [];
    private Tensor? places;
    private unsafe long* placesMemory;
    private int stayed;
    private int standing;

    /// <summary>How many rows have no answer yet.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected int Remaining { get; private set; }

    /// <summary>As <see cref="Begin(Tensor, Tensor, in CallLimits, TensorSlot)"/>, for a batch.</summary>
    /// <returns>The policy of this call.</returns>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected ExitPolicy BeginBatch(
        Tensor batch, Tensor logits, ReadOnlySpan<ExitDecision> decisions, in CallLimits limits, TensorSlot features)
    {
        int count = RequireBatch(batch, logits, decisions);
        Enter(batch, features);
        return StartBatch(batch, logits, limits, features, count);
    }

    private ExitPolicy StartBatch(Tensor batch, Tensor logits, in CallLimits limits, TensorSlot features, int count)
    {
        ExitPolicy started = Start(batch, logits, limits, features, count);
        try
        {
            Reserve(count);
            StartOnDevice(count);
        }
        catch
        {
            // The generated code's own clean-up begins only after this method.
            End(batch, logits);
            throw;
        }

        Remaining = count;
        for (int row = 0; row < count; row++) rows[row] = row;
        StandAsTheyCame(count);
        return started;
    }

    /// <summary>As <see cref="EarlyExitPipeline.IsOver"/>, for all rows that are left.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected bool AreOver(int nextExit) => State.IsOver(nextExit, rows.AsSpan(0, Remaining));

    /// <summary>The logits of an exit for all rows in the features, on the host.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected ReadOnlySpan<float> ReadRows(TensorSlot head, int exit)
    {
        stayed = 0;
        if (answersOnDevice) KeepOnDevice(head, exit);
        return ReadLogits(head, exit, standing);
    }

    /// <summary>The values of an exit's gate for the rows that are left, before the sigmoid.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected ReadOnlySpan<float> ReadGates(TensorSlot gate, int exit)
    {
        Span<float> values = State.Gates[..standing];
        ReadGates(gate, exit, values);
        Span<long> present = Places();
        for (int index = 0; index < Remaining; index++) values[index] = values[(int)present[index]];
        return values[..Remaining];
    }

    /// <summary>The caller's number of one of the rows that are left.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected int RowAt(int index) => rows[index];

    /// <summary>The logits of one of the rows that are left.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected ReadOnlySpan<float> LogitsAt(int index, ReadOnlySpan<float> all) =>
        all.Slice((int)Places()[index] * Plan.Classes, Plan.Classes);

    /// <summary>Answers one of the rows that are left, or lets it go on. They are settled in order.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected void Settle(int index, bool leaves, int exit, float score, ReadOnlySpan<float> logits)
    {
        int row = rows[index];
        if (leaves) State.Keep(row, exit, score, logits, ExitReason.Conditions);
        if (leaves || State.Remember(row, exit, score, logits)) AnswerOnDevice(row, Places()[index]);
        if (!leaves) Stay(index);
    }

    private void Stay(int index)
    {
        Span<long> present = Places();
        present[stayed] = present[index];
        rows[stayed++] = rows[index];
    }

    /// <summary>Removes the rows that were answered from the features, if that pays before the next exit.</summary>
    /// <returns>Whether no row is left.</returns>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected bool Compact(TensorSlot features, int exit)
    {
        Remaining = stayed;
        if (stayed == 0) return true;
        if (stayed < standing && PaysGathering(exit))
        {
            SelectRows(features, extraSlots, stayed);
            StandAsTheyCame(stayed);
        }

        return false;
    }

    /// <summary>Answers a row that reached the last exit.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected void SettleLast(int index, ReadOnlySpan<float> logits)
    {
        if (State.KeepLast(rows[index], logits, rows[index])) AnswerOnDevice(rows[index], Places()[index]);
    }

    /// <summary>Hands all answers to the caller, once every row has one.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected void WriteBatch(Tensor logits, Span<ExitDecision> decisions)
    {
        if (answersOnDevice) deviceAnswers!.Write(logits.Handle, decisions.Length, Device);
        else WriteLogits(State.Answers[..(decisions.Length * Plan.Classes)], logits, decisions.Length);
        State.Decisions[..decisions.Length].CopyTo(decisions);
    }

    private unsafe void Reserve(int count)
    {
        if (rows.Length >= count) return;
        rows = new int[count];
        places?.Dispose();
        places = empty([count], ScalarType.Int64).DetachFromDisposeScope();
        placesMemory = (long*)LibTorchSharp.Data(places.Handle);
    }

    private bool PaysGathering(int exit) =>
        weights.Compactions is not { Length: > 0 } measured || measured[exit].Pays(stayed, standing - stayed);

    private void StandAsTheyCame(int count)
    {
        standing = count;
        Span<long> present = Places();
        for (int index = 0; index < count; index++) present[index] = index;
    }

    /// <summary>The places of the rows that are left, in the host memory of the index tensor that <see cref="SelectRows"/> reads.</summary>
    private unsafe Span<long> Places() => new(placesMemory, rows.Length);

    private unsafe void SelectRows(TensorSlot features, TensorSlot[] extras, int count)
    {
        RequireRows(features);
        nint index = 0;
        try
        {
            Gather(features, ref index, count);

            // Row i of an extra input stays with row i of the features. The slot then holds a tensor of its own, no longer the caller's.
            foreach (TensorSlot extra in extras) Gather(extra, ref index, count);
        }
        finally
        {
            if (index != 0) LibTorchSharp.Dispose(index);
        }
    }

    /// <summary>The places of the rows that stay, as a tensor where the rows are.</summary>
    private unsafe nint IndexOfPlaces(int count)
    {
        nint index = NativeError.Check(LibTorchSharp.Narrow(places!.Handle, 0, 0, count));
        if (!ActsAsOnDevice && Device.type == TorchSharp.DeviceType.CPU) return index;
        try
        {
            return NativeError.Check(LibTorchSharp.ToDevice(index, (int)Device.type, Device.index, 0, 0));
        }
        finally
        {
            LibTorchSharp.Dispose(index);
        }
    }

    // The user's own code may give features of another number of rows, or with the batch in another place.
    private unsafe void RequireRows(TensorSlot features)
    {
        nint gathered = features.Gathered;
        long rows = LibTorchSharp.Dimensions(gathered) == 0 ? 0 : LibTorchSharp.Size(gathered, 0);
        if (rows == standing) return;
        throw new InvalidOperationException(
            $"{Plan.Name}: to leave out the rows that have their answer, the features must have {standing} rows, one for each input, but a stage gave {rows}.");
    }

    private unsafe void Gather(TensorSlot slot, ref nint index, int count)
    {
        if (!ActsAsOnDevice && slot.TrySelect(Places()[..count])) return;
        if (index == 0) index = IndexOfPlaces(count);

        // libtorch gathers into rows whose channels come first: maps with their channels last are gathered under another name.
        bool hasChannelsLast = MayHaveChannelsLast(slot.Handle);
        if (hasChannelsLast) slot.Set(Permute(slot, [0, 2, 3, 1]));
        slot.Set(new NewTensor(NativeError.Check(LibTorchSharp.IndexSelect(slot.Handle, 0, index))));
        if (hasChannelsLast) slot.Set(Permute(slot, [0, 3, 1, 2]));
    }
}
