using EarlyExitGen.Tests.Networks;
using static TorchSharp.torch;

namespace EarlyExitGen.Tests.TorchPipeline;

/// <summary>What a pipeline answers: the same as the module, per row, in the caller's order.</summary>
public sealed class AnswerTests : IDisposable
{
    private readonly ThreeExits network;
    private readonly ThreeExits.TorchPipeline pipeline;

    public AnswerTests()
    {
        random.manual_seed(7);
        network = new ThreeExits();
        TrainedLookalike.Randomize(network);
        network.eval();
        pipeline = network.Freeze();
    }

    public void Dispose()
    {
        pipeline.Dispose();
        network.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void One_input_gets_the_logits_and_label_of_the_exit_that_fires(int exit)
    {
        using Tensor input = randn(1, 1, 12, 12);
        using Tensor logits = empty(1, 10);
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
        using Tensor batch = randn(rows, 1, 12, 12) * linspace(0.1, 4, rows).reshape(rows, 1, 1, 1);
        using Tensor logits = empty(rows, 10);
        ExitDecision[] decisions = new ExitDecision[rows];
        pipeline.Policy = MixedExits.For(network, batch);

        pipeline.Forward(batch, logits, decisions);

        Assert.Equal(3, decisions.Select(decision => decision.Exit).Distinct().Count());
        using Tensor alone = empty(1, 10);
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
        using Tensor batch = randn(25, 1, 12, 12) * 2;
        using Tensor logits = empty(25, 10);
        network.Policy = pipeline.Policy = MixedExits.For(network, batch);

        pipeline.Forward(batch, logits, new ExitDecision[25]);

        using Tensor expected = network.forward(batch);
        TensorAssert.Close(expected, logits);
    }

    [Fact]
    public void A_view_of_the_logits_and_a_view_of_the_input_serve_as_well()
    {
        using Tensor images = randn(12, 12, 1, 3).permute(3, 2, 1, 0);
        using Tensor wide = zeros(3, 20);
        using Tensor logits = wide.slice(1, 0, 20, 2);
        using Tensor copy = images.clone();
        using Tensor expected = empty(3, 10);
        pipeline.Forward(copy, expected, new ExitDecision[3]);

        pipeline.Forward(images, logits, new ExitDecision[3]);

        TensorAssert.Close(expected, logits);
        Assert.Equal(0, wide.slice(1, 1, 20, 2).abs().sum().item<float>());
    }

    [Fact]
    public void A_temperature_changes_the_score_and_nothing_else()
    {
        using Tensor input = randn(1, 1, 12, 12);
        using Tensor logits = empty(1, 10);
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
        using Tensor input = randn(1, 1, 12, 12);
        using Tensor logits = empty(1, 10);
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
        using Tensor batch = randn(3, 1, 12, 12);
        using Tensor input = batch.slice(0, 0, 1, 1);
        using Tensor one = empty(1, 10);
        using Tensor three = empty(3, 10);
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
        using Tensor input = randn(1, 1, 12, 12);
        using Tensor before = empty(1, 10);
        using Tensor after = empty(1, 10);
        ExitDecision first = pipeline.Forward(input, before);
        using (no_grad())
        {
            foreach ((_, TorchSharp.Modules.Parameter parameter) in network.named_parameters()) parameter.add_(1);
        }

        Assert.Equal(first, pipeline.Forward(input, after));
        TensorAssert.Close(before, after);
    }

    [Fact]
    public void A_clone_answers_alike_and_outlives_its_origin()
    {
        using Tensor input = randn(1, 1, 12, 12);
        using Tensor logits = empty(1, 10);
        ExitDecision expected = pipeline.Forward(input, logits);
        using ThreeExits.TorchPipeline clone = pipeline.Clone();

        pipeline.Dispose();

        Assert.Equal(expected, clone.Forward(input, logits));
    }

    [Fact]
    public void Four_threads_with_a_clone_each_get_the_right_answers()
    {
        using Tensor input = randn(1, 1, 12, 12);
        using Tensor logits = empty(1, 10);
        ExitDecision expected = pipeline.Forward(input, logits);

        Parallel.For(0, 4, _ =>
        {
            using ThreeExits.TorchPipeline clone = pipeline.Clone();
            using Tensor own = empty(1, 10);
            for (int call = 0; call < 500; call++) Assert.Equal(expected, clone.Forward(input, own));
        });
    }
}
