using EarlyExitGen.Tests.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen.Tests.TorchPipeline;

/// <summary>Comparisons, masks that are buffers, and parameters in a dictionary: native, without an allocation, and frozen.</summary>
[Collection(nameof(RunsAlone))]
public sealed class MaskTests : IDisposable
{
    private const int Rows = 24;

    private readonly CausalNet network;
    private readonly CausalNet.TorchPipeline pipeline;
    private readonly Tensor batch;
    private readonly Tensor logits = empty(Rows, 3);
    private readonly ExitDecision[] decisions = new ExitDecision[Rows];

    public MaskTests()
    {
        random.manual_seed(11);
        network = new CausalNet();
        network.eval();
        batch = randn(Rows, 6, 8);
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
    public void Dictionaries_and_masks_are_registered_and_nothing_is_an_ordinary_call()
    {
        string[] parameters = [.. network.named_parameters().Select(pair => pair.name)];
        Assert.Contains("scales.inner", parameters);
        Assert.Contains("scales.outer", parameters);
        Assert.Equal(["causal", "distance"], network.named_buffers().Select(pair => pair.name).Order(StringComparer.Ordinal));
        Assert.All(network.Plan.Stages, stage => Assert.NotNull(stage.Macs));
        Assert.All(network.Plan.Exits, exit => Assert.NotNull(exit.Macs));
    }

    [Fact]
    public void A_mask_of_Bool_stays_one_when_the_network_becomes_float64()
    {
        network.to(ScalarType.Float64);

        Assert.Equal(ScalarType.Bool, Find("causal").dtype);
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

        // No call wrote to a buffer or parameter: the last answer is still the module's.
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
    [InlineData("causal")]
    [InlineData("distance")]
    [InlineData("scales.outer")]
    public void A_change_counts_from_the_next_refreeze_on(string name)
    {
        pipeline.Policy = ForcedExit.At(pipeline.Plan, 1);
        pipeline.Forward(batch, logits, decisions);
        using Tensor before = logits.clone();
        using (no_grad()) Find(name).fill_(1);

        pipeline.Forward(batch, logits, decisions);
        Assert.True(logits.Equals(before));
        Assert.Equal(name, pipeline.ChangedParameter);
        pipeline.Refreeze();

        pipeline.Forward(batch, logits, decisions);
        using ExitLogits expected = network.ForwardAll(batch);
        TensorAssert.Close(expected[1], logits);
        Assert.False(logits.Equals(before));
    }

    private Tensor Find(string name) =>
        network.named_parameters().Where(pair => pair.name == name).Select(pair => (Tensor)pair.parameter).FirstOrDefault()
        ?? network.named_buffers().First(pair => pair.name == name).buffer;
}
