using static TorchSharp.torch;

namespace EarlyExitGen.TorchRuntime;

/// <summary>
/// The answers of a batch whose logits stay on a device: what each exit gave, and where in that each row of the caller finds its answer.
/// </summary>
/// <remarks>One pipeline's, and so one thread's. Makes its list once for the most rows so far.</remarks>
internal sealed unsafe class DeviceAnswers(int exits) : IDisposable
{
    private readonly TensorSlot[] kept = [.. Enumerable.Range(0, exits).Select(_ => new TensorSlot())];
    private readonly TensorSlot joined = new();
    private readonly TensorSlot index = new();
    private Tensor? sources;
    private long* sourceOf;
    private int count;
    private long before;
    private long rowsOfLast;

    /// <summary>Starts a call.</summary>
    public void Begin(int rows)
    {
        Clear();
        if (sources is not null && sources.size(0) >= rows) return;
        sources?.Dispose();
        sources = empty([rows], ScalarType.Int64).DetachFromDisposeScope();
        sourceOf = (long*)LibTorchSharp.Data(sources.Handle);
    }

    /// <summary>Keeps a copy of what an exit gave: a later stage may write over what it was read from.</summary>
    /// <param name="logits">[rows, classes] on any device.</param>
    /// <param name="rows">How many rows it has.</param>
    /// <param name="device">Where the answers are kept.</param>
    /// <returns>The copy, float32.</returns>
    public TensorSlot Keep(nint logits, int rows, Device device)
    {
        TensorSlot slot = kept[count];
        slot.Set(new(NativeError.Check(LibTorchSharp.ToDevice(logits, (int)device.type, device.index, 0, 0))));
        slot.Set(new(NativeError.Check(LibTorchSharp.ToType(slot.Handle, (sbyte)ScalarType.Float32, 1, 0))));
        count++;
        before += rowsOfLast;
        rowsOfLast = rows;
        return slot;
    }

    /// <summary>Makes a row of what was kept last the answer of one of the caller's rows.</summary>
    /// <param name="row">The caller's row.</param>
    /// <param name="place">Its place in what was kept last.</param>
    public void Answer(int row, long place) => sourceOf[row] = before + place;

    /// <summary>Writes the answer of every row.</summary>
    /// <param name="target">float32 [rows, classes] on any device.</param>
    /// <param name="rows">All rows of the call.</param>
    /// <param name="device">Where the answers are kept.</param>
    public void Write(nint target, int rows, Device device)
    {
        joined.Set(EarlyExitTorchPipeline.Concatenate(kept.AsSpan(0, count), 0));
        index.Set(new(NativeError.Check(LibTorchSharp.Narrow(sources!.Handle, 0, 0, rows))));
        index.Set(new(NativeError.Check(LibTorchSharp.ToDevice(index.Handle, (int)device.type, device.index, 0, 0))));
        joined.Set(new(NativeError.Check(LibTorchSharp.IndexSelect(joined.Handle, 0, index.Handle))));
        LibTorchSharp.Copy(target, joined.Handle, 0);
        NativeError.ThrowIfAny();
    }

    /// <summary>Lets go of what a call kept.</summary>
    public void Clear()
    {
        foreach (TensorSlot slot in kept) slot.Clear();
        joined.Clear();
        index.Clear();
        (count, before, rowsOfLast) = (0, 0, 0);
    }

    /// <summary>Lets go of all memory.</summary>
    public void Dispose()
    {
        Clear();
        sources?.Dispose();
        sources = null;
    }
}
