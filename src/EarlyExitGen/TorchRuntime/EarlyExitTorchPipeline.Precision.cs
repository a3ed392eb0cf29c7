using System.ComponentModel;
using static TorchSharp.torch;

namespace EarlyExitGen.TorchRuntime;

/// <content>
/// Half precision: the caller's float32 tensors are cast once when a call begins, and an exit's logits back before anybody reads them. Ids
/// and truth values are not numbers to be cast.
/// </content>
public abstract unsafe partial class EarlyExitTorchPipeline
{
    // An exit's logits in float32: its slot keeps what it has, which may be the features themselves.
    private readonly TensorSlot fullLogits;

    /// <summary>
    /// The element type in which the layers compute: <c>Float32</c>, or what the network was frozen for. Inputs, logits and scores are float32
    /// all the same, and ids and truth values what they are. Clones and <see cref="Refreeze"/> keep it.
    /// </summary>
    public ScalarType Precision => weights.Precision;

    /// <summary>Lends a slot's tensor to the user's own code, which has float32 weights. Allocates.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected OrdinaryCall Lend(TensorSlot slot) => new(slot.Handle, (sbyte)Precision);

    /// <summary>Ids or truth values as numbers such as the layers compute with.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected NewTensor ToFloat32(TensorSlot input) => ToType(input, Precision);

    internal static NewTensor ToType(TensorSlot input, ScalarType type) =>
        new(NativeError.Check(LibTorchSharp.ToType(input.Handle, (sbyte)type, 0, 0)));

    private void CastInputs(TensorSlot features)
    {
        if (!weights.IsHalf) return;
        if (inputType == ScalarType.Float32) features.Set(ToType(features, Precision));
        for (int index = 0; index < extraSlots.Length; index++)
        {
            if (Plan.ExtraInputs[index].Type == ElementType.Float32) extraSlots[index].Set(ToType(extraSlots[index], Precision));
        }
    }

    private bool AreNumbers(nint tensor)
    {
        sbyte type = LibTorchSharp.ElementType(tensor);
        return type == Float32 || type == (sbyte)Precision;
    }
}
