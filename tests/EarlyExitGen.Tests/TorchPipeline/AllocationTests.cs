using EarlyExitGen.Tests.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen.Tests.TorchPipeline;

/// <summary>A pipeline allocates nothing managed per call.</summary>
public abstract class AllocationTests : DeviceTests, IDisposable
{
    private readonly ThreeExits network = new();
    private readonly ThreeExits.TorchPipeline pipeline;

    protected AllocationTests(TestDevice device)
        : base(device)
    {
        network.eval();
        network.to(device.Torch);
        pipeline = device.Run(network.Freeze());
    }

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        pipeline.Dispose();
        network.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Ten_thousand_calls_allocate_no_managed_byte(int exit)
    {
        using Tensor input = Normal(1, 1, 12, 12);
        using Tensor logits = Empty(1, 10);
        pipeline.Policy = ForcedExit.At(pipeline.Plan, exit);

        AllocationAssert.ZeroBytes(() => pipeline.Forward(input, logits), calls: 10_000);
    }

    [Fact]
    public void A_batch_of_mixed_exits_allocates_no_managed_byte()
    {
        using Tensor batch = Normal(16, 1, 12, 12) * Line(0.1, 4, 16).reshape(16, 1, 1, 1);
        using Tensor logits = Empty(16, 10);
        ExitDecision[] decisions = new ExitDecision[16];
        pipeline.Policy = MixedExits.For(network, batch);

        AllocationAssert.ZeroBytes(() => pipeline.Forward(batch, logits, decisions), calls: 1_000);
    }
}

/// <summary>Allocations on the CPU.</summary>
[Collection(nameof(RunsAlone))]
public sealed class AllocationOnCpu() : AllocationTests(TestDevice.Cpu);

/// <summary>Allocations on the CPU, with the copies that a GPU needs.</summary>
[Collection(nameof(RunsAlone))]
public sealed class AllocationAsOnDevice() : AllocationTests(TestDevice.CpuAsDevice);

/// <summary>Allocations on a GPU.</summary>
[Trait(TestDevice.Trait, TestDevice.CudaTrait)]
[Collection(nameof(RunsAlone))]
public sealed class AllocationOnCuda() : AllocationTests(TestDevice.Cuda);

/// <summary>Allocations on the CPU, with scores and answers where the logits are.</summary>
[Collection(nameof(RunsAlone))]
public sealed class AllocationWithScoresAsOnDevice() : AllocationTests(TestDevice.CpuWithScores);

/// <summary>Allocations on a GPU, with scores and answers there.</summary>
[Trait(TestDevice.Trait, TestDevice.CudaTrait)]
[Collection(nameof(RunsAlone))]
public sealed class AllocationWithScoresOnCuda() : AllocationTests(TestDevice.CudaWithScores);
