using EarlyExitGen.Tests.Networks;
using EarlyExitGen.Tests.TorchPipeline;
using static TorchSharp.torch;

namespace EarlyExitGen.Tests.CpuPipeline;

/// <summary>A CPU pipeline allocates nothing per call.</summary>
[Collection(nameof(RunsAlone))]
public sealed class CpuAllocationTests : IDisposable
{
    private readonly ThreeExits network = new();
    private readonly ThreeExits.CpuPipeline pipeline;

    public CpuAllocationTests() => pipeline = network.FreezeForCpu();

    public void Dispose()
    {
        pipeline.Dispose();
        network.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Ten_thousand_calls_allocate_no_managed_byte(int exit)
    {
        float[] input = new float[144];
        float[] logits = new float[10];
        pipeline.Policy = ForcedExit.At(pipeline.Plan, exit);

        AllocationAssert.ZeroBytes(() => pipeline.Forward(input, logits), calls: 10_000);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_batch_of_mixed_exits_allocates_no_managed_byte(int cores)
    {
        using Tensor batch = randn(16, 1, 12, 12) * linspace(0.1, 4, 16).reshape(16, 1, 1, 1);
        float[] inputs = batch.data<float>().ToArray();
        float[] logits = new float[160];
        ExitDecision[] decisions = new ExitDecision[16];
        pipeline.Policy = MixedExits.For(network, batch);
        pipeline.Cores = cores;

        AllocationAssert.ZeroBytes(() => pipeline.Forward(inputs, logits, decisions), calls: 1_000);
    }
}
