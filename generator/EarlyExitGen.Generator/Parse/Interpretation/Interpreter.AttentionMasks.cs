using EarlyExitGen.Generator.Model;
using Microsoft.CodeAnalysis;

namespace EarlyExitGen.Generator.Parse;

/// <content>
/// The masks of TorchSharp's attention modules, as libtorch's own modules take them: a mask of pairs is added to the scores; a mask of keys
/// is of Bool, and hides where it is true. Where all keys are hidden, the result is NaN.
/// </content>
internal sealed partial class Interpreter
{
    private const string PairMask = "an attn_mask that is no parameter or buffer of Float32 [length, length]";
    private const string KeyMask = "a key_padding_mask that is not of Bool with a value for each key";

    /// <summary>The masks over scores of [N, heads, length, length]; null once the interpreter has failed.</summary>
    private AttentionMasks? ReadMasks(IOperation where, TensorValue query, SymbolicValue pairMask, SymbolicValue keyMask)
    {
        OwnedTensorValue? added = null;
        TensorValue? hidden = null;
        bool areNone = pairMask is ConstantValue { Value: null } && keyMask is ConstantValue { Value: null };
        if (areNone) return new AttentionMasks(added, hidden);
        if (query.Shape is not { Rank: 2 } shape)
        {
            Fail(where, "attention with a mask to a tensor of unknown shape");
            return null;
        }

        long length = shape.Dimensions[0];
        if (pairMask is not ConstantValue { Value: null } && (added = OfPairs(where, length, pairMask)) is null) return null;
        if (keyMask is not ConstantValue { Value: null } && (hidden = OfKeys(where, length, keyMask)) is null) return null;
        return new AttentionMasks(added, hidden);
    }

    // libtorch's module puts a dimension before any mask, so that one for each row or head does not fit its scores.
    private OwnedTensorValue? OfPairs(IOperation where, long length, SymbolicValue mask)
    {
        if (mask is OwnedTensorValue { Type: ElementType.Float32, Shape: { } shape } tensor && shape == new TensorShape([length, length])) return tensor;
        Fail(mask.Obstacle ?? new Obstacle(where.Syntax, PairMask));
        return null;
    }

    private TensorValue? OfKeys(IOperation where, long length, SymbolicValue mask)
    {
        if (mask is TensorValue { IsSequenceFirst: false, Storage.Type: ElementType.Bool, Shape: { } shape } keys
            && shape == new TensorShape([length]))
        {
            return Layer(where, "", new Unsqueeze(1), Layer(where, "", new Unsqueeze(1), keys));
        }

        Fail(mask.Obstacle ?? new Obstacle(where.Syntax, KeyMask));
        return null;
    }

    /// <summary>
    /// softmax(query · keyᵀ / √width + mask) · value, step by step: scaled_dot_product_attention gives zeros instead of NaN where everything
    /// is hidden.
    /// </summary>
    private TensorValue? AttendMasked(
        IOperation where, long width, TensorValue? query, TensorValue? key, TensorValue? value, AttentionMasks masks)
    {
        TensorValue? scaled = Layer(where, "", new ScalarArithmetic(ElementwiseKind.Multiply, 1 / Math.Sqrt(width)), query);
        TensorValue? scores = Layer(where, "", new Matmul(), scaled, Layer(where, "", new Transpose(-2, -1), key));
        if (masks.Added is { } added && scores is not null)
        {
            scores = Compute(where, new Elementwise(ElementwiseKind.Add), scores, added) as TensorValue;
        }

        if (masks.Hidden is { } hidden) scores = Layer(where, "", new MaskedFill(double.NegativeInfinity), scores, hidden);
        return Layer(where, "", new Matmul(), Layer(where, "", new Softmax(-1, Logarithm: false), scores), value);
    }

    /// <summary>What restricts an attention.</summary>
    /// <param name="Added">Is added to the scores, [length, length]; null for none.</param>
    /// <param name="Hidden">Which keys are hidden, [N, 1, 1, length]; null for none.</param>
    private sealed record AttentionMasks(OwnedTensorValue? Added, TensorValue? Hidden)
    {
        public bool AreNone => Added is null && Hidden is null;
    }
}
