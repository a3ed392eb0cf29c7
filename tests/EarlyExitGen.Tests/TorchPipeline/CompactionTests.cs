using EarlyExitGen.Tests.Networks;
using EarlyExitGen.TorchRuntime;
using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen.Tests.TorchPipeline;

/// <summary>Whether rows are gathered changes no answer, can be seen, and stays as it is.</summary>
public abstract class CompactionTests : DeviceTests, IDisposable
{
    private const int Rows = 40;

    private readonly ThreeExits network;

    protected CompactionTests(TestDevice device)
        : base(device)
    {
        // With some weights every row is as certain as the next, and no threshold tells them apart.
        random.manual_seed(3);
        network = new ThreeExits();
        network.eval();
        network.to(device.Torch);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public void Gathered_or_not_each_row_gets_what_it_gets_alone(double gather, double ahead)
    {
        using ThreeExits.TorchPipeline pipeline = Freeze(new Compaction("easy", gather, ahead), new Compaction("middle", gather, ahead));
        using Tensor batch = Normal(Rows, 1, 12, 12) * Line(0.1, 4, Rows).reshape(Rows, 1, 1, 1);
        using Tensor logits = Empty(Rows, 10);
        using Tensor alone = Empty(1, 10);
        ExitDecision[] decisions = new ExitDecision[Rows];
        pipeline.Policy = MixedExits.For(network, batch);

        for (int call = 0; call < 2; call++)
        {
            pipeline.Forward(batch, logits, decisions);

            Assert.Equal(3, decisions.Select(decision => decision.Exit).Distinct().Count());
            for (int row = 0; row < Rows; row++)
            {
                using Tensor input = batch[row].unsqueeze(0);
                ExitDecision expected = pipeline.Forward(input, alone);
                Assert.Equal((expected.Exit, expected.Label), (decisions[row].Exit, decisions[row].Label));
                using Tensor answer = logits[row].unsqueeze(0);
                TensorAssert.Close(alone, answer);
            }
        }
    }

    [Fact]
    public void A_batch_that_is_not_gathered_allocates_no_managed_byte()
    {
        using ThreeExits.TorchPipeline pipeline = Freeze(new Compaction("easy", 1, 0), new Compaction("middle", 1, 0));
        using Tensor batch = Normal(16, 1, 12, 12) * Line(0.1, 4, 16).reshape(16, 1, 1, 1);
        using Tensor logits = Empty(16, 10);
        ExitDecision[] decisions = new ExitDecision[16];
        pipeline.Policy = MixedExits.For(network, batch);

        AllocationAssert.ZeroBytes(() => pipeline.Forward(batch, logits, decisions), calls: 1_000);
    }

    [Fact]
    public void What_gathering_takes_and_saves_is_measured_on_the_cpu_after_each_exit_but_the_last()
    {
        using ThreeExits.TorchPipeline pipeline = network.Freeze();
        if (Device.IsCuda)
        {
            Assert.Empty(pipeline.Compactions);
            Assert.Empty(pipeline.ConvolutionRoutes);
            Assert.Empty(pipeline.LinearRoutes);
            return;
        }

        Assert.Equal(pipeline.Plan.Exits[..^1].Select(exit => exit.Name), pipeline.Compactions.Select(compaction => compaction.Exit));
        Assert.All(pipeline.Compactions, compaction =>
        {
            Assert.InRange(compaction.GatherMicroseconds, double.Epsilon, 1e6);
            Assert.InRange(compaction.AheadMicroseconds, double.Epsilon, 1e6);
        });
    }

    [Fact]
    public void Refreezing_and_cloning_keep_the_measurements()
    {
        using ThreeExits.TorchPipeline pipeline = network.Freeze();
        Compaction[] before = [.. pipeline.Compactions];

        pipeline.Refreeze();
        using ThreeExits.TorchPipeline clone = pipeline.Clone();

        Assert.Equal(before, pipeline.Compactions);
        Assert.Equal(before, clone.Compactions);
    }

    [Fact]
    public void It_pays_when_the_rows_that_left_would_cost_more()
    {
        Compaction compaction = new("easy", GatherMicroseconds: 1, AheadMicroseconds: 9);

        Assert.True(compaction.Pays(staying: 8, left: 1));
        Assert.False(compaction.Pays(staying: 9, left: 1));
        Assert.True(compaction.Pays(staying: 9, left: 2));
    }

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        network.Dispose();
    }

    private ThreeExits.TorchPipeline Freeze(params Compaction[] compactions)
    {
        FrozenWeights weights = new(network) { Compactions = compactions };
        return Device.Run(new ThreeExits.TorchPipeline(network, weights));
    }
}

/// <summary>Gathering on the CPU.</summary>
[Collection(nameof(RunsAlone))]
public sealed class CompactionOnCpu() : CompactionTests(TestDevice.Cpu);

/// <summary>Gathering on the CPU, with the copies that a GPU needs.</summary>
[Collection(nameof(RunsAlone))]
public sealed class CompactionAsOnDevice() : CompactionTests(TestDevice.CpuAsDevice);

/// <summary>Gathering on a GPU.</summary>
[Trait(TestDevice.Trait, TestDevice.CudaTrait)]
[Collection(nameof(RunsAlone))]
public sealed class CompactionOnCuda() : CompactionTests(TestDevice.Cuda);

/// <summary>Compaction on the CPU, with scores and answers where the logits are.</summary>
[Collection(nameof(RunsAlone))]
public sealed class CompactionWithScoresAsOnDevice() : CompactionTests(TestDevice.CpuWithScores);

/// <summary>Compaction on a GPU, with scores and answers there.</summary>
[Trait(TestDevice.Trait, TestDevice.CudaTrait)]
[Collection(nameof(RunsAlone))]
public sealed class CompactionWithScoresOnCuda() : CompactionTests(TestDevice.CudaWithScores);
