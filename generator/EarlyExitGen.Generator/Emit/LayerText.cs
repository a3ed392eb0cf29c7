using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Emit;

/// <summary>Says what a layer is, in the words of whoever declared it: <c>Conv2d(1→16, 3×3, pad 1)</c>.</summary>
internal static class LayerText
{
    /// <summary>All layers of a part: what is folded joins with +, what follows with →.</summary>
    public static string Of(LoweredPart part) => string.Join(" → ", part.Steps.Select(Of));

    public static string Of(Step step) => step.Norm is { } norm
        ? $"{Of(step.Layer.Operation)} + {Of(norm.Operation)}"
        : Of(step.Layer.Operation);

    public static string Of(Operation operation) => operation switch
    {
        Convolution convolution => OfConvolution(convolution),
        Linear linear => $"Linear({linear.InFeatures}→{linear.OutFeatures}{Unless(linear.Bias, "no bias")})",
        BatchNorm norm => $"BatchNorm{norm.Rank}d({norm.Features}{Unless(norm.Affine, "not affine")})",
        LayerNorm norm => $"LayerNorm({Sizes(norm.Shape)}{Unless(norm.Affine, "not affine")})",
        GroupNorm norm => $"GroupNorm({norm.Groups}, {norm.Channels}{Unless(norm.Affine, "not affine")})",
        Activation { Kind: ActivationKind.GELUTanh } => "GELU(tanh)",
        Activation { Kind: ActivationKind.LeakyReLU } activation => $"LeakyReLU({Literals.Number(activation.Slope)})",
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
        ModuleCall call => call.Text,
        MemberCall { Member.Kind: MemberKind.Method } call => $"{call.Member.Name}(…)",
        MemberCall call => call.Member.Name,
        _ => throw new InvalidOperationException($"No text for {operation.GetType().Name}."),
    };

    private static string OfConvolution(Convolution convolution)
    {
        string padding = convolution.PaddingRule == PaddingRule.Same
            ? ", pad same"
            : If(convolution.Padding.Any(value => value != 0), $"pad {Sizes(convolution.Padding)}");
        return $"Conv{convolution.Rank}d({convolution.InChannels}→{convolution.OutChannels}, {Kernel(convolution.Kernel)}"
            + If(convolution.Stride.Any(value => value != 1), $"stride {Sizes(convolution.Stride)}")
            + padding
            + If(convolution.PaddingMode != PaddingMode.Zeros, convolution.PaddingMode.ToString().ToLowerInvariant())
            + If(convolution.Dilation.Any(value => value != 1), $"dilation {Sizes(convolution.Dilation)}")
            + If(convolution.Groups != 1, $"groups {convolution.Groups}")
            + Unless(convolution.Bias, "no bias")
            + ")";
    }

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
