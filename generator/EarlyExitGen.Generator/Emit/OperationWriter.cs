using EarlyExitGen.Generator.Lower;
using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Emit;

/// <summary>Writes one step of the Torch pipeline: a comment in the author's words, and the operation on its slots.</summary>
internal sealed class OperationWriter(
    CodeWriter code, NetworkModel model, LoweredPart part, FrozenFields fields, TailFields tails, SlotNames slots, TypeNames types)
{
    public const string NetworkField = "network";

    /// <summary>The name of a slot.</summary>
    public static string Slot(int slot) => slot switch
    {
        0 => "features",
        1 => "head",
        _ => $"branch{Literals.Of(slot - 1)}",
    };

    public void Write(Step step)
    {
        // Its field is what the others read; and what is joined, the layer before it does.
        if (step.Layer.Operation is OwnedTensor || step.Change == StepChange.Joined) return;
        code.Line($"// {Literals.Comment(Explain(step))}");
        code.Lines(step.Tail.Select(joined => $"// {Literals.Comment(Explain(joined))}"));
        string input = Input(step, 0);
        string output = slots[step.OutputSlot];
        switch (step.Layer.Operation)
        {
            case Identity:
                break;
            case Convolution convolution:
                WriteConvolution(step, convolution, input, output);
                break;
            case Activation activation when step.InPlace:
                code.Line($"{activation.Kind}InPlace({input}{Arguments(activation)});");
                break;
            case Elementwise elementwise when step.InPlace:
                string other = step.OutputSlot == step.InputSlots[0] ? Input(step, 1) : input;
                code.Line($"{elementwise.Kind}InPlace({output}, {other});");
                break;
            case ScalarArithmetic scalar when step.InPlace:
                code.Line($"{scalar.Kind}InPlace({output}, {Literals.Of(scalar.Value)});");
                break;
            case MaskedFill fill when step.InPlace:
                code.Line($"MaskedFillInPlace({output}, {Input(step, 1)}, {Literals.Of(fill.Value)});");
                break;
            case ModuleCall:
                WriteOrdinaryCall(input, output, $"{fields[step]}.call(call.Argument)");
                break;
            case MemberCall call:
                string extras = ExtraInputWriter.Arguments(
                    call.Member, model, index => $"{types["OrdinaryCall"]}.Copy({slots[ExtraInputModel.Number(index)]})");
                WriteOrdinaryCall(input, output, ModuleEmitter.Call(call.Member, model.Type, NetworkField, "call.Argument" + extras));
                break;
            default:
                code.Line($"{output}.Set({Expression(step, input)});");
                break;
        }
    }

    private static string Explain(Step step)
    {
        string text = step.Change switch
        {
            StepChange.PoolsFirst => $"{LayerText.Of(step)}, before the activation, which keeps the largest values the largest",
            StepChange.Flattens => $"Flatten → {LayerText.Of(step)}, whose weight lies as the map does",
            _ => LayerText.Of(step),
        };
        if (step.Layer.IsShared) text += ", with which all that reads the features begins";
        if (step.Layer.Operation is Identity) return $"{text}: nothing to do at inference";
        if (step.Layer.Operation is ModuleCall or MemberCall) return $"{text}: an ordinary call, which allocates";

        string shapes = step.Output is null ? "" : $"   {step.Input} → {step.Output}";
        string macs = step.Macs is > 0 ? $"   {Literals.Count(step.Macs)} MACs" : "";
        return text + shapes + macs;
    }

    private string Expression(Step step, string input) => step.Layer.Operation switch
    {
        Linear when step.Change == StepChange.Flattens => $"FlattenLinear({input}, {fields[step]}{Tail(step)})",
        Linear => $"Linear({input}, {fields[step]}{Tail(step)})",
        TransposedConvolution convolution => $"ConvTranspose{Literals.Of(convolution.Rank)}d({input}, {fields[step]}, "
            + $"stride: {Literals.Of(convolution.Stride)}, padding: {Literals.Of(convolution.Padding)}, "
            + $"outputPadding: {Literals.Of(convolution.OutputPadding)}, dilation: {Literals.Of(convolution.Dilation)}, "
            + $"groups: {Literals.Of(convolution.Groups)})",
        Upsample upsample => $"Upsample({input}, size: {Literals.Of(upsample.Size)}, "
            + $"scale: [{string.Join(", ", upsample.Scale.Select(Literals.Of))}], "
            + $"mode: global::TorchSharp.torch.InterpolationMode.{upsample.Mode}, "
            + $"alignCorners: {(upsample.AlignCorners is { } align ? Literals.Of(align) : "null")})",
        BatchNorm norm => $"BatchNorm({input}, {fields[step]}, epsilon: {Literals.Of(norm.Epsilon)})",
        LayerNorm norm => $"LayerNorm({input}, {fields[step]}, shape: {Literals.Of(norm.Shape)}, epsilon: {Literals.Of(norm.Epsilon)})",
        GroupNorm norm => $"GroupNorm({input}, {fields[step]}, groups: {Literals.Of(norm.Groups)}, epsilon: {Literals.Of(norm.Epsilon)})",
        Activation activation => $"{activation.Kind}({input}{Arguments(activation)})",
        PReLU => $"PReLU({input}, {fields[step]})",
        MaxPool pool => $"MaxPool{Literals.Of(pool.Kernel.Count)}d({input}, kernel: {Literals.Of(pool.Kernel)}, "
            + $"stride: {Literals.Of(pool.Stride)}, padding: {Literals.Of(pool.Padding)}, dilation: {Literals.Of(pool.Dilation)}, "
            + $"ceilMode: {Literals.Of(pool.CeilMode)})",
        AvgPool pool => $"AvgPool{Literals.Of(pool.Kernel.Count)}d({input}, kernel: {Literals.Of(pool.Kernel)}, "
            + $"stride: {Literals.Of(pool.Stride)}, padding: {Literals.Of(pool.Padding)}, ceilMode: {Literals.Of(pool.CeilMode)}, "
            + $"countIncludePad: {Literals.Of(pool.CountIncludePad)}"
            + (pool.Kernel.Count == 2 ? $", divisor: {Literals.Of(pool.Divisor)})" : ")"),
        AdaptiveAvgPool pool => $"AdaptiveAvgPool{Literals.Of(pool.Output.Count)}d({input}, output: {Literals.Of(pool.Output)})",
        Flatten flatten => $"Flatten({input}, start: {Literals.Of(flatten.Start)}, end: {Literals.Of(flatten.End)})",
        Embedding => $"Embedding({input}, {fields[step]})",
        Elementwise elementwise => $"{elementwise.Kind}({Inputs(step)})",
        Expand expand => $"Expand({input}, rowsOf: {Input(step, 1)}, shape: {Literals.Of(expand.Shape)})",
        ScalarArithmetic scalar => $"{scalar.Kind}({input}, {Literals.Of(scalar.Value)})",
        Concatenate concatenate => $"Concatenate([{Inputs(step)}], dimension: {Literals.Of(concatenate.Dimension)})",
        Matmul => $"Matmul({Inputs(step)})",
        Softmax softmax => $"{(softmax.Logarithm ? "LogSoftmax" : "Softmax")}({input}, dimension: {Literals.Of(softmax.Dimension)})",
        Sum sum => $"Sum({input}, dimensions: {Literals.Of(sum.Dimensions)}, keep: {Literals.Of(sum.Keep)})",
        MaskedFill fill => $"MaskedFill({Inputs(step)}, {Literals.Of(fill.Value)})",
        CombineMasks combination => $"{combination.Kind}({Inputs(step)})",
        CompareScalar comparison => $"{comparison.Kind}({input}, {Literals.Of(comparison.Value)})",
        Compare comparison => $"{comparison.Kind}({Inputs(step)})",
        Where => $"Where({Inputs(step)})",
        ToFloat32 => $"ToFloat32({input})",
        Mean mean => $"Mean({input}, dimensions: {Literals.Of(mean.Dimensions)}, keep: {Literals.Of(mean.Keep)})",
        Attention attention => $"Attention({Inputs(step)}, causal: {Literals.Of(attention.Causal)})",
        Reshape reshape => $"Reshape({input}, shape: {Literals.Of(reshape.Shape)})",
        Permute permute => $"Permute({input}, order: {Literals.Of(permute.Order)})",
        Transpose transpose => $"Transpose({input}, {Literals.Of(transpose.First)}, {Literals.Of(transpose.Second)})",
        Select select => $"Select({input}, dimension: {Literals.Of(select.Dimension)}, index: {Literals.Of(select.Index)})",
        Narrow narrow => $"Narrow({input}, dimension: {Literals.Of(narrow.Dimension)}, start: {Literals.Of(narrow.Start)}, "
            + $"length: {Literals.Of(narrow.Length)})",
        Unsqueeze unsqueeze => $"Unsqueeze({input}, dimension: {Literals.Of(unsqueeze.Dimension)})",
        Squeeze squeeze => $"Squeeze({input}, dimension: {Literals.Of(squeeze.Dimension)})",
        _ => throw new InvalidOperationException($"No code for {step.Layer.Operation.GetType().Name}."),
    };

    private string Inputs(Step step) => string.Join(", ", step.InputSlots.Select((_, index) => Input(step, index)));

    private string Input(Step step, int index) => step.InputSlots[index] == BufferPlanner.Owned
        ? fields[part.Steps[step.Layer.Inputs[index] - 1]]
        : slots[step.InputSlots[index]];

    private void WriteConvolution(Step step, Convolution convolution, string input, string output)
    {
        string name = $"Conv{Literals.Of(convolution.Rank)}d";
        string stride = $"stride: {Literals.Of(convolution.Stride)}";
        string rest = $"dilation: {Literals.Of(convolution.Dilation)}, groups: {Literals.Of(convolution.Groups)}";
        if (convolution.PaddingMode != PaddingMode.Zeros)
        {
            EquatableArray<long> padding = ExplicitPadding(convolution);
            code.Line($"{output}.Set(Pad({input}, {Literals.Of(padding)}, global::TorchSharp.PaddingModes.{convolution.PaddingMode}));");
            string none = Literals.Of(new EquatableArray<long>([.. convolution.Kernel.Select(_ => 0L)]));
            code.Line($"{output}.Set({name}({output}, {fields[step]}, {stride}, padding: {none}, {rest}));");
        }
        else if (convolution.PaddingRule == PaddingRule.Same)
        {
            code.Line($"{output}.Set({name}Same({input}, {fields[step]}, {stride}, {rest}));");
        }
        else
        {
            code.Line($"{output}.Set({name}({input}, {fields[step]}, {stride}, padding: {Literals.Of(convolution.Padding)}, {rest}{Tail(step)}));");
        }
    }

    // What is added is the operand of the sum that the convolution does not make.
    private string Tail(Step step) => step.Tail.Count > 0 && step.Tail[0].Layer.Operation is Elementwise
        ? $"{tails.Argument(step)}, addend: {Input(step.Tail[0], LayerTails.Addend)}"
        : tails.Argument(step);

    // From the last dimension to the first, two numbers each. TorchSharp does not turn the order round for Padding.Same: neither do we.
    private static EquatableArray<long> ExplicitPadding(Convolution convolution)
    {
        List<long> padding = [];
        for (int index = 0; index < convolution.Rank; index++)
        {
            int axis = convolution.PaddingRule == PaddingRule.Same ? index : convolution.Rank - 1 - index;
            long total = convolution.Dilation[axis] * (convolution.Kernel[axis] - 1);
            bool same = convolution.PaddingRule == PaddingRule.Same;
            padding.Add(same ? total / 2 : convolution.Padding[axis]);
            padding.Add(same ? total - (total / 2) : convolution.Padding[axis]);
        }

        return new EquatableArray<long>([.. padding]);
    }

    private void WriteOrdinaryCall(string input, string output, string call)
    {
        code.Open($"using ({types["OrdinaryCall"]} call = Lend({input}))");
        code.Line($"{output}.Set(call.Result({call}));");
        code.Close();
    }

    private static string Arguments(Activation activation) => activation.Kind switch
    {
        ActivationKind.LeakyReLU => $", slope: {Literals.Of(activation.Argument)}",
        ActivationKind.ELU or ActivationKind.CELU => $", alpha: {Literals.Of(activation.Argument)}",
        ActivationKind.Hardshrink or ActivationKind.Softshrink => $", bound: {Literals.Of(activation.Argument)}",
        ActivationKind.Softplus => $", beta: {Literals.Of(activation.Argument)}, threshold: {Literals.Of(activation.SecondArgument)}",
        ActivationKind.Power => $", exponent: {Literals.Of(activation.Argument)}",
        ActivationKind.Hardtanh or ActivationKind.Clamp => $", minimum: {Literals.Of(activation.Argument)}, maximum: {Literals.Of(activation.SecondArgument)}",
        ActivationKind.Threshold => $", threshold: {Literals.Of(activation.Argument)}, value: {Literals.Of(activation.SecondArgument)}",
        _ => "",
    };
}
