using System.ComponentModel;

namespace EarlyExitGen.TorchRuntime;

/// <content>
/// Comparisons, which give masks. NaN is another than every number, and neither less nor greater. A whole number stays one: libtorch would
/// round ids to float32 to compare them with another.
/// </content>
public abstract unsafe partial class EarlyExitTorchPipeline
{
    /// <summary>Whether each element equals the number.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Equal(TensorSlot input, double value) => WithScalar(LibTorchSharp.EqualScalar, input, value);

    /// <inheritdoc cref="Equal(TensorSlot, double)"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Equal(TensorSlot input, long value) => WithWholeScalar(LibTorchSharp.EqualScalar, input, value);

    /// <summary>Whether each element equals that of the other tensor.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Equal(TensorSlot left, TensorSlot right) =>
        new(NativeError.Check(LibTorchSharp.Equal(left.Handle, right.Handle)));

    /// <summary>Whether each element is another than the number.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor NotEqual(TensorSlot input, double value) => WithScalar(LibTorchSharp.NotEqualScalar, input, value);

    /// <inheritdoc cref="NotEqual(TensorSlot, double)"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor NotEqual(TensorSlot input, long value) => WithWholeScalar(LibTorchSharp.NotEqualScalar, input, value);

    /// <summary>Whether each element is another than that of the other tensor.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor NotEqual(TensorSlot left, TensorSlot right) =>
        new(NativeError.Check(LibTorchSharp.NotEqual(left.Handle, right.Handle)));

    /// <summary>Whether each element is less than the number.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Less(TensorSlot input, double value) => WithScalar(LibTorchSharp.LessScalar, input, value);

    /// <inheritdoc cref="Less(TensorSlot, double)"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Less(TensorSlot input, long value) => WithWholeScalar(LibTorchSharp.LessScalar, input, value);

    /// <summary>Whether each element is less than that of the other tensor.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Less(TensorSlot left, TensorSlot right) =>
        new(NativeError.Check(LibTorchSharp.Less(left.Handle, right.Handle)));

    /// <summary>Whether each element is the number or less.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor LessOrEqual(TensorSlot input, double value) => WithScalar(LibTorchSharp.LessOrEqualScalar, input, value);

    /// <inheritdoc cref="LessOrEqual(TensorSlot, double)"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor LessOrEqual(TensorSlot input, long value) => WithWholeScalar(LibTorchSharp.LessOrEqualScalar, input, value);

    /// <summary>Whether each element is that of the other tensor or less.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor LessOrEqual(TensorSlot left, TensorSlot right) =>
        new(NativeError.Check(LibTorchSharp.LessOrEqual(left.Handle, right.Handle)));

    /// <summary>Whether each element is greater than the number.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Greater(TensorSlot input, double value) => WithScalar(LibTorchSharp.GreaterScalar, input, value);

    /// <inheritdoc cref="Greater(TensorSlot, double)"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Greater(TensorSlot input, long value) => WithWholeScalar(LibTorchSharp.GreaterScalar, input, value);

    /// <summary>Whether each element is greater than that of the other tensor.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor Greater(TensorSlot left, TensorSlot right) =>
        new(NativeError.Check(LibTorchSharp.Greater(left.Handle, right.Handle)));

    /// <summary>Whether each element is the number or greater.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor GreaterOrEqual(TensorSlot input, double value) => WithScalar(LibTorchSharp.GreaterOrEqualScalar, input, value);

    /// <inheritdoc cref="GreaterOrEqual(TensorSlot, double)"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor GreaterOrEqual(TensorSlot input, long value) => WithWholeScalar(LibTorchSharp.GreaterOrEqualScalar, input, value);

    /// <summary>Whether each element is that of the other tensor or greater.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal static NewTensor GreaterOrEqual(TensorSlot left, TensorSlot right) =>
        new(NativeError.Check(LibTorchSharp.GreaterOrEqual(left.Handle, right.Handle)));
}
