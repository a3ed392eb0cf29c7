using System.Diagnostics;
using EarlyExitGen.Tests.Networks;
using static TorchSharp.torch;

namespace EarlyExitGen.Tests.TorchPipeline;

/// <summary>A pipeline allocates nothing managed per call, and leaves nothing native behind.</summary>
[Collection(nameof(RunsAlone))]
public sealed class AllocationTests : IDisposable
{
    private readonly ThreeExits network = new();
    private readonly ThreeExits.TorchPipeline pipeline;

    public AllocationTests() => pipeline = network.Freeze();

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
        using Tensor input = randn(1, 1, 12, 12);
        using Tensor logits = empty(1, 10);
        pipeline.Policy = ForcedExit.At(pipeline.Plan, exit);

        AllocationAssert.ZeroBytes(() => pipeline.Forward(input, logits), calls: 10_000);
    }

    [Fact]
    public void A_batch_of_mixed_exits_allocates_no_managed_byte()
    {
        using Tensor batch = randn(16, 1, 12, 12) * linspace(0.1, 4, 16).reshape(16, 1, 1, 1);
        using Tensor logits = empty(16, 10);
        ExitDecision[] decisions = new ExitDecision[16];
        pipeline.Policy = MixedExits.For(network, batch);

        AllocationAssert.ZeroBytes(() => pipeline.Forward(batch, logits, decisions), calls: 1_000);
    }

    [Fact]
    public void Resident_memory_stays_flat_over_two_hundred_thousand_calls()
    {
        const long allowed = 16L << 20;
        using Tiny tiny = new();
        using Tiny.TorchPipeline pipeline = tiny.Freeze();
        using Tensor input = randn(1, 4);
        using Tensor logits = empty(1, 3);
        pipeline.Policy = ForcedExit.At(pipeline.Plan, 1);
        for (int call = 0; call < 20_000; call++) pipeline.Forward(input, logits);
        long before = ResidentBytes();

        for (int call = 0; call < 200_000; call++) pipeline.Forward(input, logits);

        long growth = ResidentBytes() - before;

        // A tensor that leaked at every call would be over 200 bytes, 40 MB in all.
        Assert.True(growth < allowed, $"Resident memory grew by {growth:N0} bytes.");
    }

    private static long ResidentBytes()
    {
        using Process process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
