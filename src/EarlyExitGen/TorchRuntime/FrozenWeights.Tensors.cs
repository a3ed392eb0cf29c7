using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen.TorchRuntime;

/// <content>Tensors of the network's own that its code uses as values: parameters and buffers.</content>
public sealed partial class FrozenWeights
{
    private readonly Dictionary<string, TensorSlot> tensors = [];

    /// <summary>A parameter or buffer as a value. Nobody may write to it.</summary>
    /// <param name="path">Its name in the state dictionary.</param>
    /// <param name="shape">What the compiler read in the source.</param>
    /// <exception cref="InvalidOperationException">There is none such, or it has another shape.</exception>
    public TensorSlot Tensor(string path, ReadOnlySpan<long> shape) => Tensor(path, shape, seenAs: shape);

    /// <summary>A parameter or buffer as a value of another shape of the same elements.</summary>
    /// <param name="path">Its name in the state dictionary.</param>
    /// <param name="shape">What the compiler read in the source.</param>
    /// <param name="seenAs">The shape to use it in, batch first.</param>
    /// <exception cref="InvalidOperationException">There is none such, or it has another shape.</exception>
    public TensorSlot Tensor(string path, ReadOnlySpan<long> shape, ReadOnlySpan<long> seenAs)
    {
        string key = $"{path} as [{string.Join(", ", seenAs.ToArray())}]";
        if (tensors.TryGetValue(key, out TensorSlot? known)) return known;
        Tensor tensor = Require(path);
        if (!tensor.shape.AsSpan().SequenceEqual(shape))
        {
            throw new InvalidOperationException(
                $"{network}: '{path}' is [{string.Join(", ", tensor.shape)}], but the compiled code needs [{string.Join(", ", shape.ToArray())}].");
        }

        return tensors[key] = Hold(tensor, seenAs);
    }

    /// <summary>A parameter or buffer whose shape only the weights tell, as it is.</summary>
    /// <param name="path">Its name in the state dictionary.</param>
    /// <exception cref="InvalidOperationException">There is none such.</exception>
    public TensorSlot Tensor(string path)
    {
        if (tensors.TryGetValue(path, out TensorSlot? known)) return known;
        Tensor tensor = Require(path);
        return tensors[path] = Hold(tensor, tensor.shape);
    }

    // The slot borrows what these weights own, and is never cleared. A buffer of other numbers than float32 keeps its element type.
    private TensorSlot Hold(Tensor tensor, ReadOnlySpan<long> shape)
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        ScalarType type = tensor.dtype == ScalarType.Float32 ? Precision : tensor.dtype;
        Tensor copy = tensor.detach().reshape(shape.ToArray()).to(type).clone().DetachFromDisposeScope();
        owned.Add(copy);
        TensorSlot slot = new();
        slot.Borrow(copy.Handle);
        return slot;
    }
}
