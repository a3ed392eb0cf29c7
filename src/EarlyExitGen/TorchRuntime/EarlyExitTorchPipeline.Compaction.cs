using System.ComponentModel;
using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen.TorchRuntime;

/// <content>Whether rows that stay are gathered: measured when the weights are frozen.</content>
public abstract partial class EarlyExitTorchPipeline
{
    private const int MeasuredRows = FrozenWeights.BatchRows;
    private const int Turns = 3;

    /// <summary>
    /// What gathering takes and saves after each exit but the last, measured on the CPU when the weights were frozen, with the threads that
    /// libtorch had. Empty, and rows are gathered whenever one leaves: on a GPU, with ordinary calls, and where the compiler does not know
    /// the input's shape. Clones and <see cref="Refreeze"/> keep it.
    /// </summary>
    /// <exception cref="ObjectDisposedException">This pipeline was disposed.</exception>
    public IReadOnlyList<Compaction> Compactions
    {
        get
        {
            lock (slots)
            {
                RequireNotDisposed();
                return weights.Compactions ?? [];
            }
        }
    }

    /// <summary>Runs the stages between an exit and the one before it, and its head.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected abstract void RunTo(int exit);

    /// <summary>Measures what gathering takes and saves, unless these weights know it.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected void MeasureCompactions(TensorSlot features)
    {
        if (weights.Compactions is not null || FallbackReason is not null) return;
        bool canMeasure = Device.type == TorchSharp.DeviceType.CPU && !callsModule && !Plan.Input.IsEmpty && Plan.Exits.Length > 1 && !weights.IsHalf;
        weights.Compactions = canMeasure ? Measure(features) : [];
    }

    private unsafe Compaction[] Measure(TensorSlot features)
    {
        double[] gather = [.. Enumerable.Repeat(double.PositiveInfinity, Plan.Exits.Length - 1)];
        double[] ahead = [.. gather];
        using DisposeScope scope = NewDisposeScope();
        Tensor batch = zeros([MeasuredRows, .. Plan.Input.Select(size => (long)size)], inputType);
        Tensor[] extras = MakeExtraInputs(MeasuredRows);
        Reserve(MeasuredRows);
        inferenceMode = LibTorchSharp.EnterInferenceMode(1);
        try
        {
            long start = Stopwatch.GetTimestamp();
            for (int round = 0; FreezeMeasurement.GoesOn(round, start); round++)
            {
                features.Borrow(batch.Handle);
                Borrow(extras);
                RunTo(exit: 0);
                for (int exit = 0; exit < gather.Length; exit++)
                {
                    // The first one in a round may wait for the system to give memory, which took a hundred times as long.
                    for (int turn = 0; turn < Turns; turn++) gather[exit] = Math.Min(gather[exit], TimeGathering(features));
                    long begin = Stopwatch.GetTimestamp();
                    RunTo(exit + 1);
                    ahead[exit] = Math.Min(ahead[exit], Stopwatch.GetElapsedTime(begin).TotalMicroseconds);
                }
            }
        }
        catch (InvalidOperationException)
        {
            // A call will say what is wrong.
            return [];
        }
        finally
        {
            LeaveNative();
            pool.Dispose();
        }

        return [.. gather.Select((time, exit) => new Compaction(Plan.Exits[exit].Name, time / MeasuredRows, ahead[exit] / MeasuredRows))];
    }

    private double TimeGathering(TensorSlot features)
    {
        TensorSlot gathered = new();
        gathered.Set(Alias(features));
        TensorSlot[] extras = Array.ConvertAll(extraSlots, extra =>
        {
            TensorSlot copy = new();
            copy.Set(Alias(extra));
            return copy;
        });
        StandAsTheyCame(MeasuredRows);
        long begin = Stopwatch.GetTimestamp();
        SelectRows(gathered, extras, MeasuredRows);

        // A kernel that reads rows where they lie takes less than that.
        _ = gathered.Handle;
        foreach (TensorSlot extra in extras) _ = extra.Handle;
        double time = Stopwatch.GetElapsedTime(begin).TotalMicroseconds;
        gathered.Clear();
        foreach (TensorSlot extra in extras) extra.Clear();
        return time;
    }
}
