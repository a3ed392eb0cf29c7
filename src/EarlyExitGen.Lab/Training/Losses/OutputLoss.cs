using static TorchSharp.torch;

namespace EarlyExitGen.Lab.Training;

/// <summary>The usual loss for what a network gives.</summary>
internal static class OutputLoss
{
    /// <summary>
    /// Cross-entropy against classes [N] or distributions [N, classes], binary cross-entropy against labels [N, labels] of 0 and 1, or
    /// the mean squared error against quantities of the outputs' shape.
    /// </summary>
    public static Tensor Of(OutputKind output, Tensor logits, Tensor target) => output switch
    {
        OutputKind.MultiLabel => nn.functional.binary_cross_entropy_with_logits(logits, target.to(logits.dtype)),
        OutputKind.Regression => MeanSquaredError(logits, target),
        _ => nn.functional.cross_entropy(logits, target),
    };

    // libtorch would broadcast [N] against [N, 1] to [N, N], and train on nonsense.
    private static Tensor MeanSquaredError(Tensor outputs, Tensor target) => outputs.shape.SequenceEqual(target.shape)
        ? nn.functional.mse_loss(outputs, target.to(outputs.dtype))
        : throw new ArgumentException(
            $"The targets of a regression must have the outputs' shape [{string.Join(", ", outputs.shape)}], but have " +
            $"[{string.Join(", ", target.shape)}].",
            nameof(target));
}
