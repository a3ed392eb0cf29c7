using System.ComponentModel;
using System.Runtime.CompilerServices;
using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen.TorchRuntime;

/// <summary>
/// Lends a tensor of a pipeline to the user's own code for one call, and disposes everything that the call leaves behind. For generated
/// code; it allocates.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly unsafe ref struct OrdinaryCall
{
    private const sbyte Float32 = (sbyte)ScalarType.Float32;

    private readonly DisposeScope scope;
    private readonly sbyte precision;

    internal OrdinaryCall(nint argument, sbyte precision)
    {
        this.precision = precision;
        scope = NewDisposeScope();
        Argument = Tensor.UnsafeCreateTensor(InFull(argument));
    }

    /// <summary>What the user's code reads: a handle of its own, so that disposing it does no harm. Float32 for numbers.</summary>
    public Tensor Argument { get; }

    /// <summary>A copy of an extra input, which the user's code may write to.</summary>
    public static Tensor Copy(TensorSlot extraInput)
    {
        using Tensor borrowed = Tensor.UnsafeCreateTensor(InFull(extraInput.Handle));
        return borrowed.clone();
    }

    /// <summary>Takes what the user's code returned.</summary>
    /// <param name="result">The tensor.</param>
    /// <param name="code">The call, as the generated code writes it.</param>
    /// <exception cref="InvalidOperationException">It is null or disposed.</exception>
    public NewTensor Result(Tensor result, [CallerArgumentExpression(nameof(result))] string code = "")
    {
        if (result is null) throw new InvalidOperationException($"{code} gave null instead of a tensor.");
        if (result.IsInvalid) throw new InvalidOperationException($"{code} gave a tensor that was disposed.");
        bool isCast = precision != Float32 && LibTorchSharp.ElementType(result.Handle) == Float32;
        NewTensor taken = new(NativeError.Check(
            isCast ? LibTorchSharp.ToType(result.Handle, precision, 0, 0) : LibTorchSharp.Alias(result.Handle)));
        GC.KeepAlive(result);
        return taken;
    }

    /// <summary>Disposes what the call left behind.</summary>
    public void Dispose() => scope.Dispose();

    // Another handle of a tensor; a copy in float32 of numbers in half precision.
    private static nint InFull(nint tensor)
    {
        bool isHalf = (ScalarType)LibTorchSharp.ElementType(tensor) is ScalarType.BFloat16 or ScalarType.Float16;
        return NativeError.Check(isHalf ? LibTorchSharp.ToType(tensor, Float32, 0, 0) : LibTorchSharp.Alias(tensor));
    }
}
