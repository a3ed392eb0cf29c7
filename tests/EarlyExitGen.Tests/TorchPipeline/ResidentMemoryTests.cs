using System.Diagnostics;
using EarlyExitGen.Tests.Networks;
using static TorchSharp.torch;

namespace EarlyExitGen.Tests.TorchPipeline;

/// <summary>A pipeline leaves nothing native behind.</summary>
[Collection(nameof(RunsAlone))]
public sealed class ResidentMemoryTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Resident_memory_stays_flat_over_two_hundred_thousand_calls(bool asOnDevice)
    {
        const long allowed = 16L << 20;
        using Tiny tiny = new();
        using Tiny.TorchPipeline pipeline = (asOnDevice ? TestDevice.CpuAsDevice : TestDevice.Cpu).Run(tiny.Freeze());
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
