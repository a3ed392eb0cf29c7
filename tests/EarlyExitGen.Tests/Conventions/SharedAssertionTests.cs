using static TorchSharp.torch;

namespace EarlyExitGen.Tests.Conventions;

/// <summary>The shared assertions fail where they should.</summary>
public sealed class SharedAssertionTests
{
    private static object? kept;

    [Fact]
    public void Undisposed_tensor_is_a_leak()
    {
        List<Tensor> left = [];
        Assert.ThrowsAny<Exception>(() => TensorLeakAssert.NoneLeft(() => left.Add(ones(1))));
        left.ForEach(tensor => tensor.Dispose());
        TensorLeakAssert.NoneLeft(() => ones(1).Dispose());
    }

    [Fact]
    public void Single_object_is_an_allocation()
    {
        Assert.ThrowsAny<Exception>(() => AllocationAssert.ZeroBytes(() => kept = new object(), calls: 10));
        Assert.NotNull(kept);
        AllocationAssert.ZeroBytes(() => kept = null, calls: 10);
    }

    [CudaFact]
    [Trait(TorchPipeline.TestDevice.Trait, TorchPipeline.TestDevice.CudaTrait)]
    public void Cuda_tests_run_on_a_gpu()
    {
        using Tensor sum = ones(2, 3, device: CUDA).sum();
        Assert.Equal(6, sum.item<float>());
    }
}
