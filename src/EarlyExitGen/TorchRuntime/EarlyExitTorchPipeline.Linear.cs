using System.ComponentModel;

namespace EarlyExitGen.TorchRuntime;

/// <content>Fully connected layers.</content>
public abstract unsafe partial class EarlyExitTorchPipeline
{
    /// <summary>Fully connected layer over the last dimension and what follows it, the way that it goes.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Linear(TensorSlot input, FrozenLayer layer, LayerTail? tail = null)
    {
        nint own = layer.Linear?.TryRun(input.Stored, tail, input.Selection, input.Pool) ?? 0;
        return own != 0 ? new(own, input.Pool) : Followed(new(NativeError.Check(LibTorchSharp.Linear(input.Handle, layer.Weight, layer.Bias))), tail, addend: 0);
    }

    /// <summary>
    /// A map's elements in a row, a fully connected layer over them and what follows it, without a copy where the channels lie last.
    /// </summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor FlattenLinear(TensorSlot input, FrozenLayer layer, LayerTail? tail = null)
    {
        nint own = layer.Linear?.TryRunMap(input.Stored, tail, input.Selection, input.Pool) ?? 0;
        if (own != 0) return new(own, input.Pool);
        nint map = input.Handle;
        bool readsFromLast = layer.OverChannelsLast != 0 && MayHaveChannelsLast(map);
        nint flat = readsFromLast ? FlattenFromLast(map) : NativeError.Check(LibTorchSharp.Flatten(map, 1, -1));
        try
        {
            nint weight = readsFromLast ? layer.OverChannelsLast : layer.Weight;
            return Followed(new(NativeError.Check(LibTorchSharp.Linear(flat, weight, layer.Bias))), tail, addend: 0);
        }
        finally
        {
            LibTorchSharp.Dispose(flat);
        }
    }

    /// <summary>Whether a tensor is maps that don't lie channel by channel.</summary>
    private static bool MayHaveChannelsLast(nint tensor) =>
        LibTorchSharp.Dimensions(tensor) == 4 && LibTorchSharp.IsContiguous(tensor) == 0;

    // A view where the channels do lie last, and a copy in the same order where they don't.
    private static nint FlattenFromLast(nint map)
    {
        long* order = stackalloc long[] { 0, 2, 3, 1 };
        nint permuted = NativeError.Check(LibTorchSharp.Permute(map, order, 4));
        try
        {
            return NativeError.Check(LibTorchSharp.Flatten(permuted, 1, -1));
        }
        finally
        {
            LibTorchSharp.Dispose(permuted);
        }
    }
}
