using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Emit;

/// <summary>Says what a layer is, in the words of whoever declared it: <c>Conv2d(1→16, 3×3, pad 1)</c>.</summary>
internal static class LayerText
{
    /// <summary>
    /// All layers of a part: what is folded joins with +, what follows with →. A block of the user's own stands for its layers.
    /// </summary>
    public static string Of(LoweredPart part)
    {
        List<string> texts = [];
        BlockModel? block = null;
        foreach (Step step in part.Steps)
        {
            if (step.Layer.Block is null) texts.Add(Of(step));
            else if (step.Layer.Block != block) texts.Add(step.Layer.Block.Text);
            block = step.Layer.Block;
        }

        return string.Join(" → ", texts);
    }

    public static string Of(Step step) => step switch
    {
        { Norm: { } norm } => $"{Of(step.Layer.Operation)} + {Of(norm.Operation)}",
        { Layer.Operation: OwnedTensor tensor } => $"{Of(tensor)} {step.Layer.Path}",
        _ => Of(step.Layer.Operation),
    };

    public static string Of(Operation operation) => operation switch
    {
        Convolution convolution => OfConvolution(convolution),
        TransposedConvolution convolution => OfTransposedConvolution(convolution),
        Upsample upsample => $"Upsample({(upsample.Size.Count > 0 ? Sizes(upsample.Size) : Scales(upsample.Scale))}"
            + $", {upsample.Mode.ToString().ToLowerInvariant()}{If(upsample.AlignCorners == true, "corners aligned")})",
        Linear linear => $"Linear({Width(linear.InFeatures)}→{Width(linear.OutFeatures)}{Unless(linear.Bias, "no bias")})",
        BatchNorm norm => $"BatchNorm{norm.Rank}d({Width(norm.Features)}{Unless(norm.Affine, "not affine")})",
        LayerNorm norm => $"LayerNorm({Sizes(norm.Shape)}{Unless(norm.Affine, "not affine")})",
        GroupNorm norm => $"GroupNorm({norm.Groups}, {Width(norm.Channels)}{Unless(norm.Affine, "not affine")})",
        Activation { Kind: ActivationKind.GELUTanh } => "GELU(tanh)",
        Activation { Kind: ActivationKind.Clamp } clamp => $"Clamp({Bounds(clamp.Argument, clamp.SecondArgument)})",
        Activation { Arguments: 1 } activation => $"{activation.Kind}({Literals.Number(activation.Argument)})",
        Activation { Arguments: 2 } activation =>
            $"{activation.Kind}({Literals.Number(activation.Argument)}, {Literals.Number(activation.SecondArgument)})",
        PReLU activation => $"PReLU({Width(activation.Weights)})",
        Activation activation => activation.Kind.ToString(),
        MaxPool pool => $"MaxPool{pool.Kernel.Count}d({Window(pool.Kernel, pool.Stride, pool.Padding)}" +
            $"{If(pool.Dilation.Any(value => value != 1), $"dilation {Sizes(pool.Dilation)}")}{If(pool.CeilMode, "ceil")})",
        AvgPool pool => $"AvgPool{pool.Kernel.Count}d({Window(pool.Kernel, pool.Stride, pool.Padding)}{If(pool.CeilMode, "ceil")}" +
            $"{Unless(pool.CountIncludePad, "pad not counted")}{If(pool.Divisor != 0, $"divisor {pool.Divisor}")})",
        AdaptiveAvgPool pool => $"AdaptiveAvgPool{pool.Output.Count}d({Sizes(pool.Output)})",
        Flatten { Start: 1, End: -1 } => "Flatten",
        Flatten flatten => $"Flatten({flatten.Start}, {flatten.End})",
        Identity { Argument: { } argument } identity => $"{identity.Name}({Literals.Number(argument)})",
        Identity identity => identity.Name,
        Embedding embedding => $"Embedding({Width(embedding.Count)}→{Width(embedding.Features)})",
        OwnedTensor tensor => (tensor.IsTrained ? "Parameter" : "Buffer") + (tensor.Stored is { } stored ? $"({string.Join("×", stored.Dimensions)})" : ""),
        Expand => "Expand",
        Elementwise elementwise => elementwise.Kind.ToString(),
        ScalarArithmetic scalar => $"{Symbol(scalar.Kind)} {Literals.Number(scalar.Value)}",
        Concatenate concatenate => $"Concatenate(dim {concatenate.Dimension})",
        Matmul => "Matmul",
        Softmax softmax => $"{(softmax.Logarithm ? "LogSoftmax" : "Softmax")}(dim {softmax.Dimension})",
        Mean mean => $"Mean(dim {string.Join(",", mean.Dimensions)}{If(mean.Keep, "kept")})",
        Sum sum => $"Sum(dim {string.Join(",", sum.Dimensions)}{If(sum.Keep, "kept")})",
        MaskedFill fill => $"MaskedFill({Literals.Number(fill.Value)})",
        CombineMasks combination => combination.Kind.ToString(),
        CompareScalar comparison => $"{Symbol(comparison.Kind)} {Literals.Number(comparison.Value)}",
        Compare comparison => $"Compare({Symbol(comparison.Kind)})",
        Where => "Where",
        ToFloat32 => "To(Float32)",
        Attention attention => attention.Causal ? "Attention(causal)" : "Attention",
        Reshape reshape => $"Reshape({string.Join(",", reshape.Shape)})",
        Permute permute => $"Permute({string.Join(",", permute.Order)})",
        Transpose transpose => $"Transpose({transpose.First}, {transpose.Second})",
        Select select => $"Select(dim {select.Dimension}, {select.Index})",
        Narrow narrow => $"Narrow(dim {narrow.Dimension}, {narrow.Length} from {narrow.Start})",
        Unsqueeze unsqueeze => $"Unsqueeze({unsqueeze.Dimension})",
        Squeeze squeeze => $"Squeeze({squeeze.Dimension})",
        ModuleCall call => call.Text,
        MemberCall { Member.Kind: MemberKind.Method } call => $"{call.Member.Name}(…)",
        MemberCall call => call.Member.Name,
        _ => throw new InvalidOperationException($"No text for {operation.GetType().Name}."),
    };

    // A bound that was left out is infinite.
    private static string Bounds(double minimum, double maximum) => (double.IsInfinity(minimum), double.IsInfinity(maximum)) switch
    {
        (false, true) => $"from {Literals.Number(minimum)}",
        (true, false) => $"to {Literals.Number(maximum)}",
        _ => $"{Literals.Number(minimum)}, {Literals.Number(maximum)}",
    };

    private static string Symbol(ElementwiseKind kind) => kind switch
    {
        ElementwiseKind.Add => "+",
        ElementwiseKind.Subtract => "−",
        ElementwiseKind.Multiply => "×",
        _ => "÷",
    };

    private static string Symbol(Relation kind) => kind switch
    {
        Relation.Equal => "=",
        Relation.NotEqual => "≠",
        Relation.Less => "<",
        Relation.LessOrEqual => "≤",
        Relation.Greater => ">",
        _ => "≥",
    };

    private static string Width(long? width) => width is { } known ? Literals.Of(known) : "?";

    private static string OfConvolution(Convolution convolution)
    {
        string padding = convolution.PaddingRule == PaddingRule.Same
            ? ", pad same"
            : If(convolution.Padding.Any(value => value != 0), $"pad {Sizes(convolution.Padding)}");
        return $"Conv{convolution.Rank}d({Width(convolution.InChannels)}→{Width(convolution.OutChannels)}, {Kernel(convolution.Kernel)}"
            + If(convolution.Stride.Any(value => value != 1), $"stride {Sizes(convolution.Stride)}")
            + padding
            + If(convolution.PaddingMode != PaddingMode.Zeros, convolution.PaddingMode.ToString().ToLowerInvariant())
            + If(convolution.Dilation.Any(value => value != 1), $"dilation {Sizes(convolution.Dilation)}")
            + If(convolution.Groups != 1, $"groups {convolution.Groups}")
            + Unless(convolution.Bias, "no bias")
            + ")";
    }

    private static string OfTransposedConvolution(TransposedConvolution convolution) =>
        $"ConvTranspose{convolution.Rank}d({Width(convolution.InChannels)}→{Width(convolution.OutChannels)}, {Kernel(convolution.Kernel)}"
        + If(convolution.Stride.Any(value => value != 1), $"stride {Sizes(convolution.Stride)}")
        + If(convolution.Padding.Any(value => value != 0), $"pad {Sizes(convolution.Padding)}")
        + If(convolution.OutputPadding.Any(value => value != 0), $"output pad {Sizes(convolution.OutputPadding)}")
        + If(convolution.Dilation.Any(value => value != 1), $"dilation {Sizes(convolution.Dilation)}")
        + If(convolution.Groups != 1, $"groups {convolution.Groups}")
        + Unless(convolution.Bias, "no bias")
        + ")";

    private static string Scales(EquatableArray<double> scales) => string.Join("", scales.Distinct().Count() == 1
        ? [$"×{Literals.Of(scales[0])}"]
        : scales.Select(scale => $"×{Literals.Of(scale)}"));

    private static string Window(EquatableArray<long> kernel, EquatableArray<long> stride, EquatableArray<long> padding) =>
        Sizes(kernel)
        + If(stride != kernel, $"stride {Sizes(stride)}")
        + If(padding.Any(value => value != 0), $"pad {Sizes(padding)}");

    private static string Kernel(EquatableArray<long> kernel) => string.Join("×", kernel);

    // One number where all are the same, as one writes it.
    private static string Sizes(EquatableArray<long> values) => values.Count > 0 && values.All(value => value == values[0])
        ? Literals.Of(values[0])
        : string.Join("×", values);

    private static string If(bool condition, string text) => condition ? $", {text}" : "";

    private static string Unless(bool condition, string text) => If(!condition, text);
}
