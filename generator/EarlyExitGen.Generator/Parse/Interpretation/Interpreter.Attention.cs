using System.Globalization;
using EarlyExitGen.Generator.Model;
using Microsoft.CodeAnalysis;

namespace EarlyExitGen.Generator.Parse;

/// <content>
/// TorchSharp's own attention modules, as the layers that they consist of. They take the sequence first and the batch second: see
/// <see cref="SequenceOrder"/>.
/// </content>
internal sealed partial class Interpreter
{
    private SymbolicValue ApplyAttention(AttentionValue module, IOperation where, IReadOnlyList<SymbolicValue> arguments)
    {
        // Query, key, value; then a mask of keys, whether the caller wants the weights, and a mask of pairs.
        if (module.Path is not { } path) return Fail(where, "a module that nothing registers");
        if (arguments is not [TensorValue query, TensorValue key, TensorValue value, ..]) return FailOnOperand(where, arguments);
        SymbolicValue keyMask = arguments.ElementAtOrDefault(3) ?? ConstantValue.Null;
        SymbolicValue pairMask = arguments.ElementAtOrDefault(5) ?? ConstantValue.Null;
        if (!query.IsSequenceFirst || !key.IsSequenceFirst || !value.IsSequenceFirst) return Fail(where, SequenceOrder.BatchComesFirst);
        if (key.Number != query.Number || value.Number != query.Number) return Fail(where, "attention between different tensors");
        return InBlock(module, () => ReadMasks(where, query, pairMask, keyMask) is { } masks
            && Attend(where, path, module.Size, query.InOrder(sequenceFirst: false), masks) is { } attended
            ? new ListValue([
                attended.InOrder(sequenceFirst: true),
                new UnknownValue(new Obstacle(where.Syntax, "the weights of an attention"))])
            : Unknown(where));
    }

    private SymbolicValue ApplyEncoder(EncoderValue module, IOperation where, IReadOnlyList<SymbolicValue> arguments)
    {
        if (module.Path is not { } path) return Fail(where, "a module that nothing registers");
        if (arguments is not [TensorValue input, ..]) return FailOnOperand(where, arguments);
        SymbolicValue pairMask = arguments.ElementAtOrDefault(1) ?? ConstantValue.Null;
        SymbolicValue keyMask = arguments.ElementAtOrDefault(2) ?? ConstantValue.Null;
        if (!input.IsSequenceFirst) return Fail(where, SequenceOrder.BatchComesFirst);
        return InBlock(module, () =>
        {
            if (ReadMasks(where, input, pairMask, keyMask) is not { } masks) return Unknown(where);
            TensorValue? x = input.InOrder(sequenceFirst: false);
            if (module.Layers is null) x = Encode(where, path, module.Size, x, masks);
            for (long layer = 0; layer < module.Layers && x is not null; layer++)
            {
                x = Encode(where, $"{path}.layers.{layer.ToString(CultureInfo.InvariantCulture)}", module.Size, x, masks);
            }

            return x is null ? Unknown(where) : x.InOrder(sequenceFirst: true);
        });
    }

    /// <summary>One layer of an encoder over [N, S, E]; null once the interpreter has failed.</summary>
    private TensorValue? Encode(IOperation where, string path, EncoderLayerSize size, TensorValue input, AttentionMasks masks)
    {
        long features = size.Attention.Features;
        LayerNorm norm = new([features], 1e-5, Affine: true, Bias: true);
        TensorValue? attended = Attend(where, $"{path}.self_attn", size.Attention, input, masks);
        TensorValue? x = Layer(where, $"{path}.norm1", norm, Layer(where, "", new Elementwise(ElementwiseKind.Add), input, attended));
        TensorValue? hidden = Layer(where, $"{path}.linear1", new Linear(features, size.FeedForward, Bias: true), x);
        hidden = Layer(where, "", new Activation(size.Activation, Argument: 0, InPlace: false), hidden);
        hidden = Layer(where, $"{path}.linear2", new Linear(size.FeedForward, features, Bias: true), hidden);
        return Layer(where, $"{path}.norm2", norm, Layer(where, "", new Elementwise(ElementwiseKind.Add), x, hidden));
    }

    /// <summary>The self-attention of [N, S, E]; null once the interpreter has failed.</summary>
    private TensorValue? Attend(IOperation where, string path, AttentionSize size, TensorValue input, AttentionMasks masks)
    {
        // The three projections are the rows of one matrix, in_proj_weight.
        long features = size.Features;
        TensorValue? projected = Layer(where, $"{path}.in_proj", new Linear(features, 3 * features, size.Bias), input);
        TensorValue? attended = masks.AreNone
            ? Layer(where, "", new Attention(Causal: false), Heads(0), Heads(1), Heads(2))
            : AttendMasked(where, features / size.Heads, Heads(0), Heads(1), Heads(2), masks);
        TensorValue? merged = Layer(where, "", new Reshape([-1, features]), Layer(where, "", new Transpose(1, 2), attended));
        return Layer(where, $"{path}.out_proj", new Linear(features, features, size.Bias), merged);

        TensorValue? Heads(long part)
        {
            TensorValue? own = Layer(where, "", new Narrow(-1, part * features, features), projected);
            return Layer(where, "", new Transpose(1, 2), Layer(where, "", new Reshape([-1, size.Heads, features / size.Heads]), own));
        }
    }

    private TensorValue? Layer(IOperation where, string path, Operation operation, params TensorValue?[] inputs) =>
        Array.TrueForAll(inputs, input => input is not null) ? Run(where, path, operation, call: null, inputs!) as TensorValue : null;
}
