using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Lower;

/// <summary>
/// Counts each layer's multiply–accumulate operations and parameters. By the field's convention only convolutions, linear layers
/// and products of matrices count MACs; biases, normalisation, activations and pooling do not.
/// </summary>
internal static class CostModel
{
    public static LoweredPart Run(LoweredPart part)
    {
        // A module that runs twice costs its operations twice, but has its parameters once.
        HashSet<string> counted = new(StringComparer.Ordinal);
        return part with
        {
            Steps = new([.. part.Steps.Select(step => step with
            {
                Macs = Macs(part, step),
                Parameters = step.Layer.Path.Length == 0 || counted.Add(step.Layer.Path) ? Parameters(step.Layer.Operation) : 0,
            })]),
        };
    }

    private static long? Macs(LoweredPart part, Step step) => step.Layer.Operation switch
    {
        ModuleCall or MemberCall => null,
        Convolution convolution =>
            Sizes.Product(step.Output?.Elements, ChannelsPerGroup(convolution), Sizes.Product(convolution.Kernel)),

        // Each element of the input is multiplied with every weight that it reaches.
        TransposedConvolution convolution => Sizes.Product(
            step.Input?.Elements, convolution.OutChannels / Math.Max(1, convolution.Groups), Sizes.Product(convolution.Kernel)),
        Linear linear => Sizes.Product(step.Output?.Elements, linear.InFeatures ?? Last(step.Input)),
        Matmul => Sizes.Product(step.Output?.Elements, Last(step.Input)),

        // Scores of every query with every key, and their products with the values.
        Attention => Sizes.Product(step.Input?.Elements, Length(part.ShapeOf(step.Layer.Inputs[1])))
            + Sizes.Product(step.Output?.Elements, Length(part.ShapeOf(step.Layer.Inputs[1]))),
        _ => 0,
    };

    private static long? Last(TensorShape? shape) => shape?.Dimensions[shape.Rank - 1];

    private static long? Length(TensorShape? shape) => shape?.Dimensions[shape.Rank - 2];

    private static long? Parameters(Operation operation) => operation switch
    {
        ModuleCall or MemberCall => null,
        OwnedTensor { IsTrained: true } tensor => tensor.Stored?.Elements,
        Convolution convolution =>
            Sizes.Product(convolution.OutChannels, ChannelsPerGroup(convolution), Sizes.Product(convolution.Kernel))
            + (convolution.Bias ? convolution.OutChannels : 0),
        TransposedConvolution convolution => Sizes.Product(
            convolution.InChannels, convolution.OutChannels / Math.Max(1, convolution.Groups), Sizes.Product(convolution.Kernel))
            + (convolution.Bias ? convolution.OutChannels : 0),
        PReLU activation => activation.Weights,
        Embedding embedding => Sizes.Product(embedding.Count, embedding.Features),
        Linear linear => Sizes.Product(linear.InFeatures, linear.OutFeatures) + (linear.Bias ? linear.OutFeatures : 0),
        BatchNorm norm => norm.Affine ? 2 * norm.Features : 0,
        LayerNorm norm => (norm.Affine ? Sizes.Product(norm.Shape) : 0) + (norm.Bias ? Sizes.Product(norm.Shape) : 0),
        GroupNorm norm => norm.Affine ? 2 * norm.Channels : 0,
        _ => 0,
    };

    private static long? ChannelsPerGroup(Convolution convolution) => convolution.InChannels / Math.Max(1, convolution.Groups);
}
