using EarlyExitGen.Tests.Networks;
using EarlyExitGen.TorchRuntime;
using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen.Tests.TorchPipeline;

/// <summary>Parameters and buffers that the author's code uses as values: registered, frozen, never written.</summary>
[Collection(nameof(RunsAlone))]
public sealed class OwnedTensorTests : IDisposable
{
    private const int Rows = 24;

    private static readonly string[] Parameters =
        ["Positions", "early.bias", "early.weight", "final.bias", "final.weight", "gated.gate", "gated.linear.bias", "gated.linear.weight", "token"];

    private readonly TokenNet network;
    private readonly TokenNet.TorchPipeline pipeline;
    private readonly Tensor batch;
    private readonly Tensor logits = empty(Rows, 3);
    private readonly ExitDecision[] decisions = new ExitDecision[Rows];

    public OwnedTensorTests()
    {
        random.manual_seed(11);
        network = new TokenNet();
        network.eval();
        batch = randn(Rows, 5, 8);
        pipeline = network.Freeze();
    }

    public void Dispose()
    {
        pipeline.Dispose();
        network.Dispose();
        batch.Dispose();
        logits.Dispose();
    }

    [Fact]
    public void All_of_them_are_registered()
    {
        Assert.Equal(Parameters, network.named_parameters().Select(pair => pair.name).Order(StringComparer.Ordinal));
        Assert.Equal("mean", Assert.Single(network.named_buffers()).name);
        Assert.All(network.Plan.Stages, stage => Assert.NotNull(stage.Macs));
    }

    [Fact]
    public void All_of_them_move_with_the_network()
    {
        network.to(ScalarType.Float64);

        Assert.Equal(ScalarType.Float64, network.Positions.dtype);
        using Tensor precise = batch.to(ScalarType.Float64);
        using ExitLogits all = network.ForwardAll(precise);
        Assert.Equal(ScalarType.Float64, all[1].dtype);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void One_input_allocates_no_managed_byte(int exit)
    {
        using Tensor input = batch[0].unsqueeze(0);
        using Tensor one = empty(1, 3);
        pipeline.Policy = ForcedExit.At(pipeline.Plan, exit);

        AllocationAssert.ZeroBytes(() => pipeline.Forward(input, one), calls: 2_000);

        // No call wrote to them: the last answer is still the module's.
        using ExitLogits expected = network.ForwardAll(input);
        TensorAssert.Close(expected[exit], one);
        Assert.Null(pipeline.ChangedParameter);
    }

    [Fact]
    public void Each_row_of_a_batch_leaves_at_its_own_exit()
    {
        pipeline.Policy = network.Policy = MixedExits.For(network, batch);

        AllocationAssert.ZeroBytes(() => pipeline.Forward(batch, logits, decisions), calls: 200);

        Assert.Equal(2, decisions.Select(decision => decision.Exit).Distinct().Count());
        using Tensor expected = network.forward(batch);
        TensorAssert.Close(expected, logits);
    }

    [Theory]
    [InlineData("Positions")]
    [InlineData("token")]
    [InlineData("gated.gate")]
    [InlineData("mean")]
    public void A_change_counts_from_the_next_refreeze_on(string name)
    {
        pipeline.Policy = ForcedExit.At(pipeline.Plan, 1);
        pipeline.Forward(batch, logits, decisions);
        using Tensor before = logits.clone();
        using (no_grad()) Find(name).add_(1);

        pipeline.Forward(batch, logits, decisions);
        Assert.True(logits.Equals(before));
        Assert.Equal(name, pipeline.ChangedParameter);
        using TokenNet.TorchPipeline clone = pipeline.Clone();
        pipeline.Refreeze();

        pipeline.Forward(batch, logits, decisions);
        using ExitLogits expected = network.ForwardAll(batch);
        TensorAssert.Close(expected[1], logits);
        Assert.False(logits.Equals(before));
        Assert.Null(pipeline.ChangedParameter);
        clone.Forward(batch, logits, decisions);
        Assert.True(logits.Equals(before));
    }

    [Fact]
    public void Another_shape_than_the_source_says_is_named()
    {
        FrozenWeights weights = new(network);

        InvalidOperationException exception = Assert.Throws<InvalidOperationException>(() => weights.Tensor("token", [1, 1, 4]));

        Assert.Equal("TokenNet: 'token' is [1, 1, 8], but the compiled code needs [1, 1, 4].", exception.Message);
        exception = Assert.Throws<InvalidOperationException>(() => weights.Tensor("tokens"));
        Assert.StartsWith("TokenNet has nothing registered as 'tokens'", exception.Message, StringComparison.Ordinal);
        weights.Release();
    }

    [Fact]
    public void The_file_for_the_CPU_holds_them()
    {
        string path = Path.GetTempFileName();
        try
        {
            network.SaveForCpu(path);
            using TokenNet.CpuPipeline cpu = TokenNet.CpuPipeline.Load(path);
            cpu.Policy = ForcedExit.At(cpu.Plan, 1);
            float[] answers = new float[Rows * 3];

            cpu.Forward(batch.data<float>().ToArray(), answers, decisions);

            using ExitLogits expected = network.ForwardAll(batch);
            using Tensor actual = tensor(answers).reshape(Rows, 3);
            TensorAssert.Close(expected[1], actual);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private Tensor Find(string name) =>
        network.named_parameters().Where(pair => pair.name == name).Select(pair => (Tensor)pair.parameter).FirstOrDefault()
        ?? network.named_buffers().First(pair => pair.name == name).buffer;
}
