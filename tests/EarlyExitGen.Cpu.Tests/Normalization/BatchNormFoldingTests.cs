using EarlyExitGen.Cpu.Normalization;

namespace EarlyExitGen.Cpu.Tests.Normalization;

public sealed class BatchNormFoldingTests
{
    [Fact]
    public void The_folded_layer_computes_both_layers()
    {
        float[] weight = [1, 2, 3, 4];
        float[] bias = [0.5f, -1];
        float[] mean = [0.25f, 2];
        float[] variance = [4, 0.01f];
        float[] scale = [3, -1];
        float[] shift = [10, 20];
        float[] input = [0.7f, -0.3f];
        double[] expected = [.. Enumerable.Range(0, 2).Select(channel =>
        {
            double sum = bias[channel] + ((double)weight[2 * channel] * input[0]) + ((double)weight[(2 * channel) + 1] * input[1]);
            return ((sum - mean[channel]) / Math.Sqrt(variance[channel] + 1e-5) * scale[channel]) + shift[channel];
        })];

        BatchNormFolding.Fold(weight, bias, mean, variance, scale, shift, 1e-5);
        for (int channel = 0; channel < 2; channel++)
        {
            double folded = bias[channel] + ((double)weight[2 * channel] * input[0]) + ((double)weight[(2 * channel) + 1] * input[1]);
            Assert.Equal(expected[channel], folded, 1e-5 * Math.Abs(expected[channel]));
        }
    }

    [Fact]
    public void Lengths_must_fit() => Assert.Throws<ArgumentException>(
        () => BatchNormFolding.Fold(new float[4], new float[2], new float[3], new float[2], [], [], 1e-5));
}
