using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen.Tests;

/// <summary>Compares tensors by the project's measure: the largest difference over the largest expected value.</summary>
internal static class TensorAssert
{
    public const double Tolerance = 1e-5;

    public static void Close(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        using DisposeScope scope = NewDisposeScope();
        double largest = expected.abs().max().item<float>();
        double difference = (expected - actual.to(expected.device)).abs().max().item<float>();
        Assert.True(difference <= Tolerance * largest, $"The largest difference is {difference:g3}, of values up to {largest:g3}.");
    }
}
