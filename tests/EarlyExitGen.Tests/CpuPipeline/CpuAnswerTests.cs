using EarlyExitGen.Tests.Networks;
using static TorchSharp.torch;

namespace EarlyExitGen.Tests.CpuPipeline;

/// <summary>What a CPU pipeline answers: the same as the module, per row, in the caller's order.</summary>
public sealed class CpuAnswerTests : IDisposable
{
    private const int Pixels = 12 * 12;

    private readonly ThreeExits network;
    private readonly ThreeExits.CpuPipeline pipeline;
    private readonly float[] logits = new float[10];

    public CpuAnswerTests()
    {
        random.manual_seed(7);
        network = new ThreeExits();
        TrainedLookalike.Randomize(network);
        network.eval();
        pipeline = network.FreezeForCpu();
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
        pipeline.Policy = ForcedExit.At(pipeline.Plan, exit);

        ExitDecision decision = pipeline.Forward(Floats(input), logits);

        using ExitLogits expected = network.ForwardAll(input);
        Assert.Equal(exit, decision.Exit);
        Assert.Equal(expected[exit].argmax(1).item<long>(), decision.Label);
        using Tensor actual = tensor(logits).reshape(1, 10);
        TensorAssert.Close(expected[exit], actual);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_batch_gives_what_each_row_gets_alone_on_any_number_of_cores(int cores)
    {
        const int rows = 41;
        using Tensor batch = randn(rows, 1, 12, 12) * linspace(0.1, 4, rows).reshape(rows, 1, 1, 1);
        float[] inputs = Floats(batch);
        float[] answers = new float[rows * 10];
        ExitDecision[] decisions = new ExitDecision[rows];
        using ThreeExits.CpuPipeline spread = network.FreezeForCpu();
        pipeline.Policy = spread.Policy = MixedExits.For(network, batch);
        spread.Cores = cores;

        spread.Forward(inputs, answers, decisions);

        Assert.Equal(3, decisions.Select(decision => decision.Exit).Distinct().Count());
        for (int row = 0; row < rows; row++)
        {
            Assert.Equal(pipeline.Forward(inputs.AsSpan(row * Pixels, Pixels), logits), decisions[row]);
            Assert.Equal(logits, answers[(row * 10)..((row + 1) * 10)]);
        }
    }

    [Fact]
    public void Both_pipelines_decide_alike()
    {
        const int rows = 40;
        using Tensor batch = randn(rows, 1, 12, 12) * 2;
        using ThreeExits.TorchPipeline torch = network.Freeze();
        torch.Policy = pipeline.Policy = MixedExits.For(network, batch);
        using Tensor torchLogits = empty(rows, 10);
        ExitDecision[] expected = new ExitDecision[rows];
        ExitDecision[] actual = new ExitDecision[rows];

        torch.Forward(batch, torchLogits, expected);
        pipeline.Forward(Floats(batch), new float[rows * 10], actual);

        Assert.Equal(
            expected.Select(decision => (decision.Exit, decision.Label)), actual.Select(decision => (decision.Exit, decision.Label)));
    }

    [Fact]
    public void Training_after_the_freeze_does_not_change_the_pipeline()
    {
        float[] input = Floats(randn(1, 1, 12, 12));
        ExitDecision before = pipeline.Forward(input, logits);
        using (no_grad())
        {
            foreach ((_, TorchSharp.Modules.Parameter parameter) in network.named_parameters()) parameter.add_(1);
        }

        Assert.Equal(before, pipeline.Forward(input, logits));
    }

    [Fact]
    public void A_clone_answers_alike_and_outlives_its_origin()
    {
        float[] input = Floats(randn(1, 1, 12, 12));
        ExitDecision expected = pipeline.Forward(input, logits);
        using ThreeExits.CpuPipeline clone = pipeline.Clone();

        pipeline.Dispose();

        Assert.Equal(expected, clone.Forward(input, logits));
        Assert.Throws<ObjectDisposedException>(() => pipeline.Forward(input, logits));
        Assert.Throws<ObjectDisposedException>(() => pipeline.Clone());
    }

    [Fact]
    public void A_number_after_NaN_is_answered_as_if_there_had_been_none()
    {
        float[] input = Floats(randn(1, 1, 12, 12));
        pipeline.Policy = ForcedExit.At(pipeline.Plan, 2);
        ExitDecision expected = pipeline.Forward(input, logits);
        float[] unharmed = [.. logits];

        Assert.Throws<InvalidOperationException>(() => pipeline.Forward(Enumerable.Repeat(float.NaN, Pixels).ToArray(), logits));

        Assert.Equal(expected, pipeline.Forward(input, logits));
        Assert.Equal(unharmed, logits);
    }

    [Fact]
    public async Task A_policy_that_is_swapped_ten_thousand_times_is_never_mixed_with_another()
    {
        ExitPolicy first = ExitPolicy.Create(pipeline.Plan, float.PositiveInfinity, float.PositiveInfinity);
        ExitPolicy second = ExitPolicy.Create(pipeline.Plan, float.NegativeInfinity, float.NegativeInfinity);
        float[] input = Floats(randn(1, 1, 12, 12));
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
        do seen[pipeline.Forward(input, logits).Exit] = true;
        while (!swapping.IsCompleted);

        await swapping;
        Assert.False(seen[2], "An answer used one policy's first threshold and the other's second.");
        Assert.True(seen[0] && seen[1], "The swaps did not reach the pipeline.");
    }

    private static float[] Floats(Tensor tensor) => tensor.contiguous().data<float>().ToArray();
}
