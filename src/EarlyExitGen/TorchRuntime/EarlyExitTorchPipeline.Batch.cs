using System.ComponentModel;
using EarlyExitGen.Criteria;
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
    private float[] answers = [];
    private ExitDecision[] answered = [];
    private Tensor? hostLogits;
    private Tensor? survivors;
    private int remaining;

    /// <summary>As <see cref="Begin"/>, for a batch.</summary>
    /// <returns>The policy of this call.</returns>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected ExitPolicy BeginBatch(Tensor batch, Tensor logits, ReadOnlySpan<ExitDecision> decisions, TensorSlot features)
    {
        int count = RequireBatch(batch, logits, decisions);
        Enter(batch, features);
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

        remaining = count;
        for (int row = 0; row < count; row++) rows[row] = row;
        return Policy;
    }

    /// <summary>Answers the rows for which an exit's criterion fires and compacts the others.</summary>
    /// <returns>Whether no row is left.</returns>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected bool Leave<TCriterion>(int exit, ExitPolicy policy, TensorSlot head, TensorSlot features)
        where TCriterion : struct, IExitCriterion
    {
        ReadOnlySpan<float> logits = ReadLogits(head, exit, remaining);
        Span<long> staying = StayingRows();
        int stayed = 0;
        for (int place = 0; place < remaining; place++)
        {
            ReadOnlySpan<float> row = logits.Slice(place * Plan.Classes, Plan.Classes);
            float score = TemperatureScaling.Score<TCriterion>(row, policy.Temperature(exit));
            if (TCriterion.ShouldExit(score, policy[exit]))
            {
                Keep(rows[place], exit, score, row);
            }
            else
            {
                rows[stayed] = rows[place];
                staying[stayed++] = place;
            }
        }

        if (stayed > 0 && stayed < remaining) Compact(features, stayed);
        remaining = stayed;
        return stayed == 0;
    }

    /// <summary>Answers every row that is left at the last exit.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected void LeaveLast(TensorSlot head, ExitPolicy policy)
    {
        int exit = Plan.Exits.Length - 1;
        ReadOnlySpan<float> logits = ReadLogits(head, exit, remaining);
        for (int place = 0; place < remaining; place++)
        {
            ReadOnlySpan<float> row = logits.Slice(place * Plan.Classes, Plan.Classes);
            Keep(rows[place], exit, LastScore(row, policy, rows[place]), row);
        }

        remaining = 0;
    }

    /// <summary>Hands all answers to the caller, once every row has one.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected void WriteBatch(Tensor logits, Span<ExitDecision> decisions)
    {
        WriteLogits(answers.AsSpan(0, decisions.Length * Plan.Classes), logits, decisions.Length);
        answered.AsSpan(0, decisions.Length).CopyTo(decisions);
    }

    private void Keep(int row, int exit, float score, ReadOnlySpan<float> logits)
    {
        answered[row] = new ExitDecision(exit, ArgMax.Of(logits), score);
        logits.CopyTo(answers.AsSpan(row * Plan.Classes));
    }

    private void Reserve(int count)
    {
        if (rows.Length >= count) return;
        rows = new int[count];
        answers = new float[count * Plan.Classes];
        answered = new ExitDecision[count];
        survivors?.Dispose();
        survivors = empty([count], ScalarType.Int64).DetachFromDisposeScope();
    }

    /// <summary>The places of the rows that stay, as the host memory of the index tensor that <see cref="Compact"/> reads.</summary>
    private unsafe Span<long> StayingRows() => new(LibTorchSharp.Data(survivors!.Handle), rows.Length);

    private unsafe void Compact(TensorSlot features, int count)
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

            features.Set(new NewTensor(NativeError.Check(LibTorchSharp.IndexSelect(features.Handle, 0, index))));
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
