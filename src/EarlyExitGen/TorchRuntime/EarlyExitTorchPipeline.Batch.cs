using System.ComponentModel;
using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen.TorchRuntime;

/// <content>
/// Batches: each row leaves at its own exit, the rows that stay are compacted, and every row's answer goes to the caller's place for it.
/// </content>
public abstract partial class EarlyExitTorchPipeline
{
    // Sized for the largest batch so far. rows[i] is the caller's row that stands at place i of the features.
    private int[] rows = [];
    private Tensor? hostLogits;
    private Tensor? survivors;
    private int stayed;

    /// <summary>How many rows have no answer yet.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected int Remaining { get; private set; }

    /// <summary>As <see cref="Begin"/>, for a batch.</summary>
    /// <returns>The policy of this call.</returns>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected ExitPolicy BeginBatch(
        Tensor batch, Tensor logits, ReadOnlySpan<ExitDecision> decisions, in CallLimits limits, TensorSlot features)
    {
        int count = RequireBatch(batch, logits, decisions);
        Enter(batch, features);
        ExitPolicy started = Start(batch, logits, limits, count);
        try
        {
            Reserve(count);
        }
        catch
        {
            // The generated code's own clean-up begins only after this method.
            End(batch, logits);
            throw;
        }

        Remaining = count;
        for (int row = 0; row < count; row++) rows[row] = row;
        return started;
    }

    /// <summary>As <see cref="EarlyExitPipeline.IsOver"/>, for all rows that are left.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected bool AreOver(int nextExit) => State.IsOver(nextExit, rows.AsSpan(0, Remaining));

    /// <summary>The logits of an exit for all rows that are left, on the host.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected ReadOnlySpan<float> ReadRows(TensorSlot head, int exit)
    {
        stayed = 0;
        return ReadLogits(head, exit, Remaining);
    }

    /// <summary>The values of an exit's gate for all rows that are left, before the sigmoid.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected ReadOnlySpan<float> ReadGates(TensorSlot gate, int exit)
    {
        Span<float> values = State.Gates[..Remaining];
        ReadGates(gate, exit, values);
        return values;
    }

    /// <summary>The caller's row that stands at a place.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected int RowAt(int place) => rows[place];

    /// <summary>The logits of the row at a place.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected ReadOnlySpan<float> LogitsAt(int place, ReadOnlySpan<float> all) => all.Slice(place * Plan.Classes, Plan.Classes);

    /// <summary>Answers the row at a place, or lets it go on. Places are settled in order.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected void Settle(int place, bool leaves, int exit, float score, ReadOnlySpan<float> logits)
    {
        int row = rows[place];
        if (leaves)
        {
            State.Keep(row, exit, score, logits, ExitReason.Conditions);
            return;
        }

        State.Remember(row, exit, score, logits);
        rows[stayed] = row;
        StayingRows()[stayed++] = place;
    }

    /// <summary>Removes the rows that were answered from the features.</summary>
    /// <returns>Whether no row is left.</returns>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected bool Compact(TensorSlot features)
    {
        if (stayed > 0 && stayed < Remaining) SelectRows(features, stayed);
        Remaining = stayed;
        return stayed == 0;
    }

    /// <summary>Answers a row that reached the last exit.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected void SettleLast(int place, ReadOnlySpan<float> logits) => State.KeepLast(rows[place], logits, rows[place]);

    /// <summary>Hands all answers to the caller, once every row has one.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected void WriteBatch(Tensor logits, Span<ExitDecision> decisions)
    {
        WriteLogits(State.Answers[..(decisions.Length * Plan.Classes)], logits, decisions.Length);
        State.Decisions[..decisions.Length].CopyTo(decisions);
    }

    private void Reserve(int count)
    {
        if (rows.Length >= count) return;
        rows = new int[count];
        survivors?.Dispose();
        survivors = empty([count], ScalarType.Int64).DetachFromDisposeScope();
    }

    /// <summary>The places of the rows that stay, as the host memory of the index tensor that <see cref="SelectRows"/> reads.</summary>
    private unsafe Span<long> StayingRows() => new(LibTorchSharp.Data(survivors!.Handle), rows.Length);

    private unsafe void SelectRows(TensorSlot features, int count)
    {
        nint index = NativeError.Check(LibTorchSharp.Narrow(survivors!.Handle, 0, 0, count));
        try
        {
            if (Device.type != TorchSharp.DeviceType.CPU)
            {
                nint onDevice = NativeError.Check(LibTorchSharp.ToDevice(index, (int)Device.type, Device.index, 0, 0));
                LibTorchSharp.Dispose(index);
                index = onDevice;
            }

            // libtorch gathers into rows whose channels come first: maps with their channels last are gathered under another name.
            bool hasChannelsLast = LibTorchSharp.Dimensions(features.Handle) == 4 && LibTorchSharp.IsContiguous(features.Handle) == 0;
            if (hasChannelsLast) features.Set(Permute(features, [0, 2, 3, 1]));
            features.Set(new NewTensor(NativeError.Check(LibTorchSharp.IndexSelect(features.Handle, 0, index))));
            if (hasChannelsLast) features.Set(Permute(features, [0, 3, 1, 2]));
        }
        finally
        {
            LibTorchSharp.Dispose(index);
        }
    }

    /// <summary>A host tensor [rows, classes] to stage logits in, pinned when the network is on a GPU.</summary>
    private nint HostLogits(int count)
    {
        if (hostLogits is null || hostLogits.size(0) != count)
        {
            hostLogits?.Dispose();
            using DisposeScope scope = NewDisposeScope();
            Tensor host = empty([count, Plan.Classes], ScalarType.Float32);
            if (Device.type == TorchSharp.DeviceType.CUDA) host = host.pin_memory();
            hostLogits = host.DetachFromDisposeScope();
        }

        return hostLogits.Handle;
    }
}
