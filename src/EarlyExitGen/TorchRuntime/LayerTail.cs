using System.ComponentModel;
using EarlyExitGen.Cpu.Activations;
using EarlyExitGen.Cpu.Pooling;

namespace EarlyExitGen.TorchRuntime;

/// <summary>
/// What follows a convolution or linear layer in the same operation: for a convolution, perhaps a residual that is added, or max pooling; and
/// then perhaps an activation. Immutable and thread-safe.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed unsafe record LayerTail
{
    private long[]? kernel;
    private long[] stride = [];
    private long[] padding = [];
    private long[] dilation = [];
    private bool ceilMode;

    internal Activation Activation { get; private init; }

    internal bool Adds { get; private init; }

    internal bool Pools => kernel is not null;

    /// <summary>A residual of the convolution's own shape is added.</summary>
    public LayerTail Add() => new() { Adds = true };

    /// <summary>The maps are pooled.</summary>
    /// <param name="kernel">Rows, columns.</param>
    /// <param name="stride">Rows, columns.</param>
    /// <param name="padding">Rows, columns.</param>
    /// <param name="dilation">Rows, columns.</param>
    /// <param name="ceilMode">Whether a window that begins in the map and ends beyond it counts.</param>
    public LayerTail MaxPool2d(
        ReadOnlySpan<long> kernel, ReadOnlySpan<long> stride, ReadOnlySpan<long> padding, ReadOnlySpan<long> dilation, bool ceilMode) => new()
        {
            kernel = kernel.ToArray(),
            stride = stride.ToArray(),
            padding = padding.ToArray(),
            dilation = dilation.ToArray(),
            ceilMode = ceilMode,
        };

    /// <summary>max(x, 0) of what there is so far.</summary>
    public LayerTail ReLU() => this with { Activation = Activation.Relu };

    /// <summary>min(max(x, 0), 6) of what there is so far.</summary>
    public LayerTail ReLU6() => this with { Activation = Activation.Relu6 };

    /// <summary>The pooling of maps of this size; null where libtorch refuses it.</summary>
    internal MapPoolShape? PoolOf(int height, int width) =>
        kernel is null ? null : MapPooling.ShapeOf(height, width, kernel, stride, padding, dilation, ceilMode);

    /// <summary>Does to the result of a layer what follows, by libtorch.</summary>
    /// <param name="result">A new tensor, which this owns from here on.</param>
    /// <param name="addend">What is added; 0 for nothing.</param>
    /// <returns>The same tensor or another one.</returns>
    internal NewTensor Apply(NewTensor result, nint addend)
    {
        nint tensor = result.Handle;
        try
        {
            if (addend != 0) Add(ref tensor, addend);
            if (kernel is not null) Replace(ref tensor, MapPooling.Run(tensor, kernel, stride, padding, dilation, ceilMode));
            if (Activation == Activation.Relu) LibTorchSharp.ReLUInPlace(tensor);
            if (Activation == Activation.Relu6) LibTorchSharp.ReLU6InPlace(tensor);
            NativeError.ThrowIfAny();
            return new NewTensor(tensor);
        }
        catch
        {
            LibTorchSharp.Dispose(tensor);
            throw;
        }
    }

    // One of the two may have a single row for all of the batch, or more precise elements.
    private static void Add(ref nint tensor, nint addend)
    {
        if (AreAlike(tensor, addend)) LibTorchSharp.AddInPlace(tensor, addend, EarlyExitTorchPipeline.One);
        else Replace(ref tensor, NativeError.Check(LibTorchSharp.Add(tensor, addend, EarlyExitTorchPipeline.One)));
        NativeError.ThrowIfAny();
    }

    private static bool AreAlike(nint left, nint right)
    {
        long dimensions = LibTorchSharp.Dimensions(left);
        if (LibTorchSharp.Dimensions(right) != dimensions || LibTorchSharp.ElementType(right) != LibTorchSharp.ElementType(left)) return false;
        for (long dimension = 0; dimension < dimensions; dimension++)
        {
            if (LibTorchSharp.Size(left, dimension) != LibTorchSharp.Size(right, dimension)) return false;
        }

        return true;
    }

    private static void Replace(ref nint tensor, nint other)
    {
        LibTorchSharp.Dispose(tensor);
        tensor = other;
    }
}
