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

    [Fact]
    public void Resident_memory_stays_flat_over_batches_of_every_size()
    {
        const long allowed = 16L << 20;
        using Tiny tiny = new();
        using Tiny.TorchPipeline pipeline = tiny.Freeze();
        using Tensor batch = randn(400, 4);
        using Tensor logits = empty(400, 3);
        ExitDecision[] decisions = new ExitDecision[400];
        pipeline.Policy = ForcedExit.At(pipeline.Plan, 1);
        run(times: 10);
        long before = ResidentBytes();

        run(times: 300);

        // A tensor of some rows that was kept for each size and call would be over 100 MB in all.
        long growth = ResidentBytes() - before;
        Assert.True(growth < allowed, $"Resident memory grew by {growth:N0} bytes.");

        void run(int times)
        {
            for (int call = 0; call < times * 400; call++)
            {
                int rows = 1 + (call % 400);
                using Tensor some = batch.narrow(0, 0, rows);
                using Tensor someLogits = logits.narrow(0, 0, rows);
                pipeline.Forward(some, someLogits, decisions.AsSpan(0, rows));
            }
        }
    }

    [Fact]
    public void Resident_memory_stays_flat_over_batches_with_scores_where_the_logits_are()
    {
        const long allowed = 16L << 20;
        using EveryCriterion network = new();
        using EveryCriterion.TorchPipeline pipeline = TestDevice.CpuWithScores.Run(network.Freeze());
        using Tensor batch = randn(16, 2 * EveryCriterion.Classes) * 4;
        using Tensor logits = empty(16, EveryCriterion.Classes);
        ExitDecision[] decisions = new ExitDecision[16];
        for (int call = 0; call < 1_000; call++) pipeline.Forward(batch, logits, decisions);
        long before = ResidentBytes();

        for (int call = 0; call < 10_000; call++) pipeline.Forward(batch, logits, decisions);

        // A tensor that leaked at one exit of every call would be over 2 MB, its rows 8 MB more; five exits have ten each.
        long growth = ResidentBytes() - before;
        Assert.True(growth < allowed, $"Resident memory grew by {growth:N0} bytes.");
    }

    private static long ResidentBytes()
    {
        using Process process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
