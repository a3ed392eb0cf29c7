namespace EarlyExitGen.Cpu.Normalization;

/// <summary>Folds a BatchNorm in evaluation mode into the convolution or linear layer before it, in float64.</summary>
public static class BatchNormFolding
{
    /// <summary>
    /// Scales each output channel's weights by γ / √(σ² + ε) and makes its bias (bias − μ)·γ / √(σ² + ε) + β, in place.
    /// </summary>
    /// <param name="weight">[channels, …]; changed.</param>
    /// <param name="bias">[channels], 0 where the layer has none; changed.</param>
    /// <param name="mean">μ, [channels].</param>
    /// <param name="variance">σ², [channels].</param>
    /// <param name="scale">γ, [channels], or empty for 1.</param>
    /// <param name="shift">β, [channels], or empty for 0.</param>
    /// <param name="epsilon">ε.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public static void Fold(
        Span<float> weight, Span<float> bias, ReadOnlySpan<float> mean, ReadOnlySpan<float> variance,
        ReadOnlySpan<float> scale, ReadOnlySpan<float> shift, double epsilon)
    {
        int channels = bias.Length;
        if (channels == 0 || weight.Length % channels != 0 || mean.Length != channels || variance.Length != channels
            || (scale.Length != channels && !scale.IsEmpty) || (shift.Length != channels && !shift.IsEmpty))
        {
            throw new ArgumentException(
                $"A BatchNorm of {mean.Length} means, {variance.Length} variances, {scale.Length} scales and {shift.Length} shifts " +
                $"can't be folded into {weight.Length} weights and {channels} biases.");
        }

        int perChannel = weight.Length / channels;
        for (int channel = 0; channel < channels; channel++)
        {
            double factor = (scale.IsEmpty ? 1 : scale[channel]) / Math.Sqrt(variance[channel] + epsilon);
            foreach (ref float value in weight.Slice(channel * perChannel, perChannel)) value = (float)(value * factor);
            bias[channel] = (float)(((bias[channel] - (double)mean[channel]) * factor) + (shift.IsEmpty ? 0 : shift[channel]));
        }
    }
}
