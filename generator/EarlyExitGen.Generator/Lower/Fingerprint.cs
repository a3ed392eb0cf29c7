using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Lower;

/// <summary>
/// Hashes what weights and exit policies depend on: classes, input, the stages and exits by name and order, their layers and criteria,
/// gates and how answers combine. Neither thresholds nor the class's name count.
/// </summary>
internal static class Fingerprint
{
    private const int Bytes = 8;

    public static string Of(NetworkModel model)
    {
        StringBuilder text = new();
        Add(text, "network", model.Classes, model.InputType);
        Add(text, "input", model.Input);
        foreach (StageModel stage in model.Stages)
        {
            Add(text, "stage", stage.Member.Name);
            AddLayers(text, stage.Layers);
        }

        foreach (ExitModel exit in model.Exits)
        {
            Add(text, "exit", exit.Member.Name, exit.Stage, exit.Rule?.Criterion.Type ?? "");
            AddLayers(text, exit.Layers);
            AddFurther(text, exit);
        }

        AddAnswers(text, model.Answers);
        foreach (ExtraInputModel extra in model.ExtraInputs) Add(text, "extra", extra.Name, extra.Shape, extra.Type);
        return OfText(text.ToString());
    }

    /// <summary>A hash of any text, as 16 hexadecimal digits.</summary>
    public static string OfText(string text)
    {
        using SHA256 hash = SHA256.Create();
        byte[] digest = hash.ComputeHash(Encoding.UTF8.GetBytes(text));
        return string.Concat(digest.Take(Bytes).Select(value => value.ToString("x2", CultureInfo.InvariantCulture)));
    }

    // What a network does not use adds nothing, so that what was saved for it before still fits.
    private static void AddFurther(StringBuilder text, ExitModel exit)
    {
        foreach (ConditionModel condition in exit.Rule?.Further ?? []) Add(text, "condition", condition.Criterion.Type);
        if (exit.Rule?.Combination == Combination.Any) Add(text, "any");
        if (exit.Gate is not { } gate) return;
        Add(text, "gate", gate.Member.Name);
        AddLayers(text, gate.Layers);
    }

    private static void AddAnswers(StringBuilder text, AnswerModel answers)
    {
        if (answers.Output != NetworkOutput.Classification) Add(text, "output", answers.Output);
        foreach (float weight in answers.EnsembleWeights) Add(text, "ensemble", weight);
        if (answers.AgreementTolerance > 0) Add(text, "tolerance", answers.AgreementTolerance);
        if (answers.Fallback != Fallback.LastExit) Add(text, "fallback", answers.Fallback);
    }

    private static void AddLayers(StringBuilder text, EquatableArray<LayerModel> layers)
    {
        foreach (LayerModel layer in layers)
        {
            Add(text, layer.Path, layer.Inputs);
            AddOperation(text, layer.Operation);
        }
    }

    private static void AddOperation(StringBuilder text, Operation operation)
    {
        switch (operation)
        {
            case Convolution c:
                Add(text, "convolution", c.InChannels, c.OutChannels, c.Kernel, c.Stride, c.Padding, c.Dilation, c.Groups, c.Bias);
                Add(text, "padding", c.PaddingRule, c.PaddingMode);
                break;
            case TransposedConvolution c:
                Add(text, "transposed_convolution", c.InChannels, c.OutChannels, c.Kernel, c.Stride, c.Padding, c.OutputPadding);
                Add(text, "and", c.Dilation, c.Groups, c.Bias);
                break;
            case Upsample u:
                Add(text, "upsample", u.Mode, u.Size, u.AlignCorners);
                foreach (double scale in u.Scale) Add(text, "scale", scale);
                break;
            case Linear l:
                Add(text, "linear", l.InFeatures, l.OutFeatures, l.Bias);
                break;
            case BatchNorm n:
                Add(text, "batch_norm", n.Rank, n.Features, n.Epsilon, n.Affine);
                break;
            case LayerNorm n:
                Add(text, "layer_norm", n.Shape, n.Epsilon, n.Affine, n.Bias);
                break;
            case GroupNorm n:
                Add(text, "group_norm", n.Groups, n.Channels, n.Epsilon, n.Affine);
                break;
            case Activation a:
                Add(text, "activation", a.Kind, a.Argument);
                if (a.Arguments > 1) Add(text, "and", a.SecondArgument);
                break;
            case PReLU p:
                Add(text, "prelu", p.Weights);
                break;
            case MaxPool p:
                Add(text, "max_pool", p.Kernel, p.Stride, p.Padding, p.Dilation, p.CeilMode);
                break;
            case AvgPool p:
                Add(text, "avg_pool", p.Kernel, p.Stride, p.Padding, p.CeilMode, p.CountIncludePad, p.Divisor);
                break;
            case AdaptiveAvgPool p:
                Add(text, "adaptive_avg_pool", p.Output);
                break;
            case Flatten f:
                Add(text, "flatten", f.Start, f.End);
                break;
            case Embedding e:
                Add(text, "embedding", e.Count, e.Features);
                break;
            case OwnedTensor t:
                Add(text, "tensor", t.Stored, t.Shape);
                if (t.Type is ElementType.Bool or ElementType.Int64) Add(text, "of", t.Type);
                break;
            case Expand e:
                Add(text, "expand", e.Shape);
                break;
            case Elementwise e:
                Add(text, "elementwise", e.Kind);
                break;
            case ScalarArithmetic s:
                Add(text, "scalar", s.Kind, s.Value);
                break;
            case Concatenate c:
                Add(text, "concatenate", c.Dimension);
                break;
            case Matmul:
                Add(text, "matmul");
                break;
            case Softmax s:
                Add(text, "softmax", s.Dimension, s.Logarithm);
                break;
            case Mean m:
                Add(text, "mean", m.Dimensions, m.Keep);
                break;
            case Sum s:
                Add(text, "sum", s.Dimensions, s.Keep);
                break;
            case MaskedFill m:
                Add(text, "masked_fill", m.Value);
                break;
            case CombineMasks c:
                Add(text, "masks", c.Kind);
                break;
            case CompareScalar c:
                Add(text, "comparison", c.Kind, c.Value);
                break;
            case Compare c:
                Add(text, "comparison", c.Kind);
                break;
            case Where:
                Add(text, "where");
                break;
            case ToFloat32:
                Add(text, "to_float32");
                break;
            case Attention a:
                Add(text, "attention", a.Causal);
                break;
            case Reshape r:
                Add(text, "reshape", r.Shape);
                break;
            case Permute p:
                Add(text, "permute", p.Order);
                break;
            case Transpose t:
                Add(text, "transpose", t.First, t.Second);
                break;
            case Select s:
                Add(text, "select", s.Dimension, s.Index);
                break;
            case Narrow n:
                Add(text, "narrow", n.Dimension, n.Start, n.Length);
                break;
            case Unsqueeze u:
                Add(text, "unsqueeze", u.Dimension);
                break;
            case Squeeze s:
                Add(text, "squeeze", s.Dimension);
                break;
            case ModuleCall call:
                Add(text, "call", call.Text);
                break;
            case MemberCall:
                Add(text, "member");
                break;
            case Identity:
                Add(text, "identity");
                break;
            default:
                throw new InvalidOperationException($"No fingerprint for {operation.GetType().Name}.");
        }
    }

    private static void Add(StringBuilder text, params object?[] values)
    {
        foreach (object? value in values) text.Append(Invariant(value)).Append('|');
        text.Append('\n');
    }

    private static string Invariant(object? value) => value switch
    {
        null => "?",
        EquatableArray<long> numbers => string.Join(",", numbers),
        EquatableArray<int> numbers => string.Join(",", numbers),
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        float number => number.ToString("R", CultureInfo.InvariantCulture),
        IFormattable formattable => formattable.ToString(format: null, CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };
}
