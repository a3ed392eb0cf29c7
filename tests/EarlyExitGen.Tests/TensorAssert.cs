using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen.Tests;

/// <summary>Compares tensors by the project's measure: the largest difference over the largest expected value.</summary>
internal static class TensorAssert
{
    public const double Tolerance = 1e-5;

    public static void Close(Tensor expected, Tensor actual) => CloseForSums(expected, expected.abs(), actual);

    /// <summary>
    /// As <see cref="Close"/>, against the sums of the terms' absolute values: of numbers drawn at random, a few outputs, or one, may
    /// cancel out or be cut off by an activation, and the rounding of the terms stays.
    /// </summary>
    public static void CloseForSums(Tensor expected, Tensor sums, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        using DisposeScope scope = NewDisposeScope();
        double largest = sums.max().item<float>();
        double difference = (expected - actual.to(expected.device)).abs().max().item<float>();
        Assert.True(difference <= Tolerance * largest, $"The largest difference is {difference:g3}, of sums up to {largest:g3}.");
    }
}
