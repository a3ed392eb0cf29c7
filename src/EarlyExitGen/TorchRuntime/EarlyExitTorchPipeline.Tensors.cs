using System.ComponentModel;

namespace EarlyExitGen.TorchRuntime;

/// <content>
/// Operations on whole tensors: products, reductions, and other views of the same elements. Dimensions are counted with the batch.
/// </content>
public abstract unsafe partial class EarlyExitTorchPipeline
{
    /// <summary>The product of the last two dimensions.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Matmul(TensorSlot left, TensorSlot right) =>
        new(NativeError.Check(LibTorchSharp.Matmul(left.Handle, right.Handle)));

    /// <summary>softmax(query · keyᵀ / √width) · value over tensors […, length, width].</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Attention(TensorSlot query, TensorSlot key, TensorSlot value, bool causal) =>
        new(NativeError.Check(LibTorchSharp.Attention(query.Handle, key.Handle, value.Handle, 0, 0, Byte(causal))));

    /// <summary>
    /// The same where a mask allows: true where a query may see a key, or a number added to each score; […, queries, keys].
    /// </summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Attention(TensorSlot query, TensorSlot key, TensorSlot value, TensorSlot mask, bool causal) =>
        new(NativeError.Check(LibTorchSharp.Attention(query.Handle, key.Handle, value.Handle, mask.Handle, 0, Byte(causal))));

    /// <summary>Joins tensors along a dimension.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Concatenate(ReadOnlySpan<TensorSlot> inputs, long dimension)
    {
        Span<nint> handles = stackalloc nint[inputs.Length];
        for (int index = 0; index < handles.Length; index++) handles[index] = inputs[index].Handle;
        fixed (nint* h = handles) return new(NativeError.Check(LibTorchSharp.Concatenate(h, handles.Length, dimension)));
    }

    /// <summary>Softmax over a dimension.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Softmax(TensorSlot input, long dimension) =>
        new(NativeError.Check(LibTorchSharp.Softmax(input.Handle, dimension, LibTorchSharp.ElementType(input.Handle))));

    /// <summary>The logarithm of softmax over a dimension.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor LogSoftmax(TensorSlot input, long dimension) =>
        new(NativeError.Check(LibTorchSharp.LogSoftmax(input.Handle, dimension, LibTorchSharp.ElementType(input.Handle))));

    /// <summary>The mean over dimensions, which stay with size 1 or disappear.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Mean(TensorSlot input, ReadOnlySpan<long> dimensions, bool keep)
    {
        fixed (long* d = dimensions)
        {
            return new(NativeError.Check(LibTorchSharp.Mean(input.Handle, d, dimensions.Length, Byte(keep), 0, 0)));
        }
    }

    /// <summary>The sum over dimensions, which stay with size 1 or disappear.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Sum(TensorSlot input, ReadOnlySpan<long> dimensions, bool keep)
    {
        fixed (long* d = dimensions)
        {
            return new(NativeError.Check(LibTorchSharp.Sum(input.Handle, d, dimensions.Length, Byte(keep), 0, 0)));
        }
    }

    /// <summary>The rows of an embedding table [count, features] that token ids name.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Embedding(TensorSlot input, FrozenLayer layer)
    {
        int rank = (int)LibTorchSharp.Dimensions(input.Handle);
        Span<long> shape = stackalloc long[rank + 1];
        for (int index = 0; index < rank; index++) shape[index] = LibTorchSharp.Size(input.Handle, index);
        shape[rank] = LibTorchSharp.Size(layer.Weight, 1);

        nint ids = NativeError.Check(LibTorchSharp.Flatten(input.Handle, 0, -1));
        nint rows = LibTorchSharp.IndexSelect(layer.Weight, 0, ids);
        LibTorchSharp.Dispose(ids);
        NativeError.Check(rows);
        fixed (long* s = shape)
        {
            nint result = LibTorchSharp.Reshape(rows, s, shape.Length);
            LibTorchSharp.Dispose(rows);
            return new(NativeError.Check(result));
        }
    }

    /// <summary>The same elements in another shape, given without the batch; one dimension may be -1.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Reshape(TensorSlot input, ReadOnlySpan<long> shape)
    {
        Span<long> sizes = stackalloc long[shape.Length + 1];
        sizes[0] = LibTorchSharp.Size(input.Handle, 0);
        shape.CopyTo(sizes[1..]);
        fixed (long* s = sizes) return new(NativeError.Check(LibTorchSharp.Reshape(input.Handle, s, sizes.Length)));
    }

    /// <summary>
    /// One row as every row of a batch, without a copy. The shape is given without the batch; -1 for a dimension that stays as it is.
    /// </summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Expand(TensorSlot input, TensorSlot rowsOf, ReadOnlySpan<long> shape)
    {
        Span<long> sizes = stackalloc long[shape.Length + 1];
        sizes[0] = LibTorchSharp.Size(rowsOf.Handle, 0);
        shape.CopyTo(sizes[1..]);
        fixed (long* s = sizes) return new(NativeError.Check(LibTorchSharp.Expand(input.Handle, s, sizes.Length, 0)));
    }

    /// <summary>Another order of the dimensions.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Permute(TensorSlot input, ReadOnlySpan<long> order)
    {
        fixed (long* o = order) return new(NativeError.Check(LibTorchSharp.Permute(input.Handle, o, order.Length)));
    }

    /// <summary>Two dimensions changed for each other.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Transpose(TensorSlot input, long first, long second) =>
        new(NativeError.Check(LibTorchSharp.Transpose(input.Handle, first, second)));

    /// <summary>One position of a dimension, which disappears.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Select(TensorSlot input, long dimension, long index) =>
        new(NativeError.Check(LibTorchSharp.Select(input.Handle, dimension, index)));

    /// <summary>A part of a dimension.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Narrow(TensorSlot input, long dimension, long start, long length) =>
        new(NativeError.Check(LibTorchSharp.Narrow(input.Handle, dimension, start, length)));

    /// <summary>A new dimension of size 1.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Unsqueeze(TensorSlot input, long dimension) =>
        new(NativeError.Check(LibTorchSharp.Unsqueeze(input.Handle, dimension)));

    /// <summary>Without a dimension, if its size is 1.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Squeeze(TensorSlot input, long dimension) =>
        new(NativeError.Check(LibTorchSharp.Squeeze(input.Handle, dimension)));
}
