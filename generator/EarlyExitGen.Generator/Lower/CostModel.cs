using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Lower;

/// <summary>
/// Counts each layer's multiply–accumulate operations and parameters. By the field's convention only convolutions and linear layers
/// count MACs; biases, normalisation, activations and pooling do not.
/// </summary>
internal static class CostModel
{
    public static LoweredPart Run(LoweredPart part) => part with { Steps = new([.. part.Steps.Select(Count)]) };

    private static Step Count(Step step) => step with
    {
        Macs = Macs(step.Layer.Operation, step.Output),
        Parameters = Parameters(step.Layer.Operation),
    };

    private static long? Macs(Operation operation, TensorShape? output) => operation switch
    {
        ModuleCall or MemberCall => null,
        Convolution convolution => Sizes.Product(output?.Elements, ChannelsPerGroup(convolution), Sizes.Product(convolution.Kernel)),
        Linear linear => Sizes.Product(output?.Elements, linear.InFeatures),
        _ => 0,
    };

    private static long? Parameters(Operation operation) => operation switch
    {
        ModuleCall or MemberCall => null,
        Convolution convolution =>
            Sizes.Product(convolution.OutChannels, ChannelsPerGroup(convolution), Sizes.Product(convolution.Kernel))
            + (convolution.Bias ? convolution.OutChannels : 0),
        Linear linear => Sizes.Product(linear.InFeatures, linear.OutFeatures) + (linear.Bias ? linear.OutFeatures : 0),
        BatchNorm norm => norm.Affine ? 2 * norm.Features : 0,
        LayerNorm norm => (norm.Affine ? Sizes.Product(norm.Shape) : 0) + (norm.Bias ? Sizes.Product(norm.Shape) : 0),
        GroupNorm norm => norm.Affine ? 2 * norm.Channels : 0,
        _ => 0,
    };

    private static long ChannelsPerGroup(Convolution convolution) => convolution.InChannels / Math.Max(1, convolution.Groups);
}
