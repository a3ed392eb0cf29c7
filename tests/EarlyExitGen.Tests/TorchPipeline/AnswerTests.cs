using EarlyExitGen.Tests.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen.Tests.TorchPipeline;

/// <summary>What a pipeline answers: the same as the module, per row, in the caller's order.</summary>
public abstract class AnswerTests : DeviceTests, IDisposable
{
    private readonly ThreeExits network;
    private readonly ThreeExits.TorchPipeline pipeline;

    protected AnswerTests(TestDevice device)
        : base(device)
    {
        random.manual_seed(7);
        network = new ThreeExits();
        TrainedLookalike.Randomize(network);
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
    public void One_input_gets_the_logits_and_label_of_the_exit_that_fires(int exit)
    {
        using Tensor input = Normal(1, 1, 12, 12);
        using Tensor logits = Empty(1, 10);
        pipeline.Policy = ForcedExit.At(pipeline.Plan, exit);

        ExitDecision decision = pipeline.Forward(input, logits);

        using ExitLogits expected = network.ForwardAll(input);
        Assert.Equal(exit, decision.Exit);
        Assert.Equal(expected[exit].argmax(1).item<long>(), decision.Label);
        TensorAssert.Close(expected[exit], logits);
    }

    [Fact]
    public void Every_row_of_a_batch_gets_what_it_gets_alone()
    {
        const int rows = 40;
        using Tensor batch = Normal(rows, 1, 12, 12) * Line(0.1, 4, rows).reshape(rows, 1, 1, 1);
        using Tensor logits = Empty(rows, 10);
        ExitDecision[] decisions = new ExitDecision[rows];
        pipeline.Policy = MixedExits.For(network, batch);

        pipeline.Forward(batch, logits, decisions);

        Assert.Equal(3, decisions.Select(decision => decision.Exit).Distinct().Count());
        using Tensor alone = Empty(1, 10);
        for (int row = 0; row < rows; row++)
        {
            using Tensor input = batch[row].unsqueeze(0);
            ExitDecision expected = pipeline.Forward(input, alone);
            Assert.Equal((expected.Exit, expected.Label), (decisions[row].Exit, decisions[row].Label));
            Assert.Equal(expected.Score, decisions[row].Score, tolerance: 1e-5f);
            using Tensor own = logits[row].unsqueeze(0);
            TensorAssert.Close(alone, own);
        }
    }

    [Fact]
    public void A_batch_gives_what_the_module_gives()
    {
        using Tensor batch = Normal(25, 1, 12, 12) * 2;
        using Tensor logits = Empty(25, 10);
        network.Policy = pipeline.Policy = MixedExits.For(network, batch);

        pipeline.Forward(batch, logits, new ExitDecision[25]);

        using Tensor expected = network.forward(batch);
        TensorAssert.Close(expected, logits);
    }

    [Fact]
    public void A_view_of_the_logits_and_a_view_of_the_input_serve_as_well()
    {
        using Tensor images = Normal(12, 12, 1, 3).permute(3, 2, 1, 0);
        using Tensor wide = Zeros(3, 20);
        using Tensor logits = wide.slice(1, 0, 20, 2);
        using Tensor copy = images.clone();
        using Tensor expected = Empty(3, 10);
        pipeline.Forward(copy, expected, new ExitDecision[3]);

        pipeline.Forward(images, logits, new ExitDecision[3]);

        TensorAssert.Close(expected, logits);
        Assert.Equal(0, wide.slice(1, 1, 20, 2).abs().sum().item<float>());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Logits_go_to_the_host_and_to_views_of_it_and_of_the_device(int rows)
    {
        using Tensor batch = Normal(rows, 1, 12, 12);
        using Tensor expected = Empty(rows, 10);
        ExitDecision[] decisions = new ExitDecision[rows];
        pipeline.Forward(batch, expected, decisions);
        using Tensor host = empty(rows, 10);
        using Tensor columns = empty(10, rows);
        using Tensor deviceColumns = Empty(10, rows);
        using Tensor hostView = columns.transpose(0, 1);
        using Tensor deviceView = deviceColumns.transpose(0, 1);

        foreach (Tensor logits in new[] { host, hostView, deviceView })
        {
            ExitDecision[] again = new ExitDecision[rows];
            pipeline.Forward(batch, logits, again);

            for (int row = 0; row < rows; row++) Device.AssertSame(decisions[row], again[row]);
            TensorAssert.Close(expected, logits);
            if (rows > 1) continue;
            logits.zero_();
            Device.AssertSame(decisions[0], pipeline.Forward(batch, logits));
            TensorAssert.Close(expected, logits);
        }
    }

    [Fact]
    public void Batches_of_changing_sizes_get_the_logits_of_the_exits_that_they_name()
    {
        foreach (int rows in new[] { 3, 40, 1, 17, 41, 2 })
        {
            using Tensor batch = Normal(rows, 1, 12, 12) * 2;
            using Tensor logits = Empty(rows, 10);
            ExitDecision[] decisions = new ExitDecision[rows];
            pipeline.Policy = rows < 3 ? ForcedExit.At(pipeline.Plan, rows - 1) : MixedExits.For(network, batch);

            pipeline.Forward(batch, logits, decisions);

            if (rows >= 3) Assert.True(decisions.Select(decision => decision.Exit).Distinct().Count() > 1, "All rows left at one exit.");
            using ExitLogits all = network.ForwardAll(batch);
            for (int row = 0; row < rows; row++)
            {
                using Tensor expected = all[decisions[row].Exit][row];
                using Tensor actual = logits[row];
                Assert.Equal(expected.argmax().item<long>(), decisions[row].Label);
                TensorAssert.Close(expected, actual);
            }
        }
    }

    [Fact]
    public void A_criterion_of_ones_own_scores_what_the_exit_gave()
    {
        using OwnCriterion own = new();
        own.to(Device.Torch).eval();
        using OwnCriterion.TorchPipeline compiled = Device.Run(own.Freeze());
        using Tensor batch = Normal(30, 4) * 3;
        using Tensor logits = Empty(30, 3);
        ExitDecision[] decisions = new ExitDecision[30];
        own.Policy = compiled.Policy = MixedExits.For(own, batch);

        compiled.Forward(batch, logits, decisions);

        Assert.Equal([0, 1], decisions.Select(decision => decision.Exit).Distinct().Order());
        using Tensor expected = own.forward(batch);
        TensorAssert.Close(expected, logits);
        using ExitLogits all = own.ForwardAll(batch);
        using Tensor largest = all[0].amax(1).cpu();
        for (int row = 0; row < 30; row++)
        {
            if (decisions[row].Exit == 0) Assert.Equal(largest[row].item<float>(), decisions[row].Score, tolerance: 1e-5f);
        }
    }

    [Fact]
    public void A_temperature_changes_the_score_and_nothing_else()
    {
        using Tensor input = Normal(1, 1, 12, 12);
        using Tensor logits = Empty(1, 10);
        ExitPolicy forced = ForcedExit.At(pipeline.Plan, 0);
        pipeline.Policy = forced;
        ExitDecision plain = pipeline.Forward(input, logits);
        using Tensor plainLogits = logits.clone();

        pipeline.Policy = forced.WithTemperature(0, 3);
        ExitDecision tempered = pipeline.Forward(input, logits);

        Assert.True(tempered.Score > plain.Score, "A higher temperature must raise the entropy.");
        Assert.Equal(plain.Label, tempered.Label);
        TensorAssert.Close(plainLogits, logits);
    }

    [Fact]
    public void An_exit_that_is_switched_off_does_not_answer()
    {
        using Tensor input = Normal(1, 1, 12, 12);
        using Tensor logits = Empty(1, 10);
        ExitDecision[] decisions = new ExitDecision[1];
        pipeline.Policy = ExitPolicy.Create(pipeline.Plan, float.PositiveInfinity, float.NegativeInfinity).WithDisabled(0);

        Assert.Equal(1, pipeline.Forward(input, logits).Exit);
        pipeline.Forward(input, logits, decisions);
        Assert.Equal(1, decisions[0].Exit);
    }

    [Fact]
    public async Task A_policy_that_is_swapped_ten_thousand_times_is_never_mixed_with_another()
    {
        // Were thresholds of both in one answer, an input could pass both early exits.
        ExitPolicy first = ExitPolicy.Create(pipeline.Plan, float.PositiveInfinity, float.PositiveInfinity);
        ExitPolicy second = ExitPolicy.Create(pipeline.Plan, float.NegativeInfinity, float.NegativeInfinity);
        using Tensor batch = Normal(3, 1, 12, 12);
        using Tensor input = batch.slice(0, 0, 1, 1);
        using Tensor one = Empty(1, 10);
        using Tensor three = Empty(3, 10);
        ExitDecision[] decisions = new ExitDecision[3];
        bool[] seen = new bool[3];
        pipeline.Policy = first;

        Task swapping = Task.Run(
            () =>
            {
                for (int swap = 0; swap < 10_000; swap++)
                {
                    pipeline.Policy = swap % 2 == 0 ? second : first;
                    Thread.SpinWait(200);
                }
            },
            TestContext.Current.CancellationToken);
        do
        {
            seen[pipeline.Forward(input, one).Exit] = true;
            pipeline.Forward(batch, three, decisions);
            Assert.Single(decisions.Select(decision => decision.Exit).Distinct());
            seen[decisions[0].Exit] = true;
        }
        while (!swapping.IsCompleted);

        await swapping;
        Assert.False(seen[2], "An answer used one policy's first threshold and the other's second.");
        Assert.True(seen[0] && seen[1], "The swaps did not reach the pipeline.");
    }

    [Fact]
    public void Training_after_the_freeze_does_not_change_the_pipeline()
    {
        Assert.SkipWhen(FallbackTests.IsActive, "The managed forward runs the module itself, with its present weights.");
        using Tensor input = Normal(1, 1, 12, 12);
        using Tensor before = Empty(1, 10);
        using Tensor after = Empty(1, 10);
        ExitDecision first = pipeline.Forward(input, before);
        using (no_grad())
        {
            foreach ((_, TorchSharp.Modules.Parameter parameter) in network.named_parameters()) parameter.add_(1);
        }

        Device.AssertSame(first, pipeline.Forward(input, after));
        TensorAssert.Close(before, after);
    }

    [Fact]
    public void A_clone_answers_alike_and_outlives_its_origin()
    {
        using Tensor input = Normal(1, 1, 12, 12);
        using Tensor logits = Empty(1, 10);
        ExitDecision expected = pipeline.Forward(input, logits);
        using ThreeExits.TorchPipeline clone = pipeline.Clone();

        pipeline.Dispose();

        Device.AssertSame(expected, clone.Forward(input, logits));
    }

    [Fact]
    public void Four_threads_with_a_clone_each_get_the_right_answers()
    {
        using Tensor input = Normal(1, 1, 12, 12);
        using Tensor logits = Empty(1, 10);
        ExitDecision expected = pipeline.Forward(input, logits);

        Parallel.For(0, 4, _ =>
        {
            using ThreeExits.TorchPipeline clone = pipeline.Clone();
            using Tensor own = Empty(1, 10);
            for (int call = 0; call < 500; call++) Device.AssertSame(expected, clone.Forward(input, own));
        });
    }
}

/// <summary>Answers on the CPU.</summary>
public sealed class AnswersOnCpu() : AnswerTests(TestDevice.Cpu);

/// <summary>Answers on the CPU, with the copies that a GPU needs.</summary>
public sealed class AnswersAsOnDevice() : AnswerTests(TestDevice.CpuAsDevice);

/// <summary>Answers on a GPU.</summary>
[Trait(TestDevice.Trait, TestDevice.CudaTrait)]
public sealed class AnswersOnCuda() : AnswerTests(TestDevice.Cuda);

/// <summary>Answers on the CPU, with scores and answers where the logits are.</summary>
public sealed class AnswersWithScoresAsOnDevice() : AnswerTests(TestDevice.CpuWithScores);

/// <summary>Answers on a GPU, with scores and answers there.</summary>
[Trait(TestDevice.Trait, TestDevice.CudaTrait)]
public sealed class AnswersWithScoresOnCuda() : AnswerTests(TestDevice.CudaWithScores);
