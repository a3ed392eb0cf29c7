using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace EarlyExitGen.TorchRuntime;

/// <content>Sums, masks, and attention with a mask.</content>
internal static partial class NativeSelfTest
{
    private static string? FindMaskMismatch()
    {
        Tensor x = linspace(-2, 2, 48).reshape(2, 2, 4, 3);
        Tensor bias = linspace(-1, 1, 8).reshape(2, 1, 1, 4);
        Tensor isLarge = x > 0.5;
        Tensor isSmall = x < 1;
        Tensor whole = arange(24, dtype: ScalarType.Int64).remainder(3).reshape(2, 12);
        TensorSlot mask = new();
        TensorSlot other = new();
        TensorSlot additive = new();
        mask.Borrow(isLarge.Handle);
        other.Borrow(isSmall.Handle);
        additive.Borrow(bias.Handle);
        return Compare("sum", x, input => EarlyExitTorchPipeline.Sum(input, [1, 3], keep: true), x.sum([1L, 3L], keepdim: true))
            ?? Compare("masked_fill", x, input => EarlyExitTorchPipeline.MaskedFill(input, mask, -7), x.masked_fill(isLarge, -7))
            ?? Compare(
                "masked_fill in place",
                x.clone(),
                input =>
                {
                    EarlyExitTorchPipeline.MaskedFillInPlace(input, mask, -7);
                    return EarlyExitTorchPipeline.Alias(input);
                },
                x.masked_fill(isLarge, -7))
            ?? Compare(
                "logical_and",
                x,
                input => Numbers(EarlyExitTorchPipeline.And(mask, other)),
                isLarge.logical_and(isSmall).to(ScalarType.Float32))
            ?? Compare(
                "logical_or", x, input => Numbers(EarlyExitTorchPipeline.Or(mask, other)), isLarge.logical_or(isSmall).to(ScalarType.Float32))
            ?? Compare(
                "logical_xor", x, input => Numbers(EarlyExitTorchPipeline.Xor(mask, other)), isLarge.logical_xor(isSmall).to(ScalarType.Float32))
            ?? Compare("to_type", whole, input => EarlyExitTorchPipeline.ToType(input, ScalarType.Float32), whole.to(ScalarType.Float32))
            ?? FindStatisticsMismatch(linspace(-2, 2, 24).remainder(0.7).reshape(4, 6))
            ?? Compare(
                "scaled_dot_product_attention with a mask",
                x,
                input => EarlyExitTorchPipeline.Attention(input, input, input, additive, causal: false),
                functional.scaled_dot_product_attention(x, x, x, bias));
    }

    private static string? FindStatisticsMismatch(Tensor x)
    {
        Tensor column = x[TensorIndex.Colon, TensorIndex.Slice(0, 1)];
        return Compare("amax", x, DeviceScores.Largest, x.amax([1L], keepdim: true))
            ?? Compare("argmax", x, input => Numbers(DeviceScores.Label(input)), x.argmax(1, keepdim: true).to(ScalarType.Float32))
            ?? Compare("entr", x.abs(), DeviceScores.Surprise, special.entr(x.abs()))
            ?? Compare("eq of tensors", column, input => Numbers(DeviceScores.Equal(x.Handle, input)), x.eq(column).to(ScalarType.Float32));
    }

    private static NewTensor Numbers(NewTensor truths)
    {
        TensorSlot slot = new();
        slot.Set(truths);
        NewTensor numbers = EarlyExitTorchPipeline.ToType(slot, ScalarType.Float32);
        slot.Clear();
        return numbers;
    }
}
