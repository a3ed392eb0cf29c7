using EarlyExitGen.Tests.Networks;
using EarlyExitGen.TorchRuntime;
using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen.Tests.TorchPipeline;

/// <summary>
/// A mask goes with its row through every stage, whoever runs the network: the generated code, the module, and the same network written by
/// hand give the same. The caller's mask is never written.
/// </summary>
public sealed class ExtraInputTests : IDisposable
{
    private readonly MaskedEncoder network;
    private readonly MaskedEncoder.TorchPipeline pipeline;

    public ExtraInputTests()
    {
        random.manual_seed(5);
        network = new MaskedEncoder();
        network.eval();
        pipeline = network.Freeze();
    }

    public void Dispose()
    {
        pipeline.Dispose();
        network.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(32)]
    public void Every_exit_gives_what_TorchSharp_gives_by_hand(int rows)
    {
        using IDisposable noGradient = no_grad();
        using Tensor tokens = Tokens(rows);
        using Tensor mask = Mask(rows);
        using Tensor logits = empty(rows, 4);
        using ExitLogits all = network.ForwardAll(tokens, mask);
        ExitDecision[] decisions = new ExitDecision[rows];
        for (int exit = 0; exit < 3; exit++)
        {
            pipeline.Policy = network.Policy = ForcedExit.At(network.Plan, exit);
            using Tensor expected = ByHand(tokens, mask, exit);

            pipeline.Forward(tokens, mask, logits, decisions);
            using Tensor eager = network.forward(tokens, mask);

            Assert.All(decisions, decision => Assert.Equal(exit, decision.Exit));
            TensorAssert.Close(expected, logits);
            TensorAssert.Close(expected, eager);
            TensorAssert.Close(expected, all[exit]);
            if (rows > 1) continue;
            Assert.Equal(exit, pipeline.Forward(tokens, mask, logits).Exit);
            TensorAssert.Close(expected, logits);
        }
    }

    [Theory]
    [InlineData(7, 0, 1)]
    [InlineData(32, 0, 1)]
    [InlineData(32, 1, 0)]
    public void Each_row_keeps_its_mask_when_others_leave(int rows, double gather, double ahead)
    {
        using IDisposable noGradient = no_grad();
        FrozenWeights weights = new(network) { Compactions = [new Compaction("Easy", gather, ahead), new Compaction("Halfway", gather, ahead)] };
        using MaskedEncoder.TorchPipeline mixed = new(network, weights);
        using Tensor tokens = Tokens(rows);
        using Tensor mask = Mask(rows);
        using Tensor logits = empty(rows, 4);
        ExitDecision[] decisions = new ExitDecision[rows];
        mixed.Policy = network.Policy = MixedExits.For(network, tokens, mask);

        mixed.Forward(tokens, mask, logits, decisions);
        using Tensor eager = network.forward(tokens, mask);

        Assert.Equal(3, decisions.Select(decision => decision.Exit).Distinct().Count());
        TensorAssert.Close(eager, logits);
        for (int row = 0; row < rows; row++)
        {
            using Tensor expected = ByHand(tokens[row].unsqueeze(0), mask[row].unsqueeze(0), decisions[row].Exit);
            using Tensor actual = logits[row].unsqueeze(0);
            TensorAssert.Close(expected, actual);
        }
    }

    [Fact]
    public void The_mask_matters_and_what_it_hides_does_not()
    {
        using Tensor tokens = Tokens(1);
        using Tensor mask = Mask(1);
        using Tensor all = ones(1, MaskedEncoder.Length);
        using Tensor padded = tokens.where(mask == 1, tensor(49L));
        using Tensor masked = Logits(tokens, mask);
        using Tensor hidden = Logits(padded, mask);
        using Tensor seen = Logits(padded, all);

        TensorAssert.Close(masked, hidden);
        Assert.True((masked - seen).abs().max().item<float>() > 1e-3);

        Tensor Logits(Tensor input, Tensor extra)
        {
            Tensor logits = empty(1, 4);
            pipeline.Policy = ForcedExit.At(network.Plan, 2);
            pipeline.Forward(input, extra, logits);
            return logits;
        }
    }

    [Fact]
    public void Calls_allocate_no_managed_byte()
    {
        Assert.SkipWhen(FallbackTests.IsActive, "The managed forward allocates.");
        using Tensor tokens = Tokens(16);
        using Tensor mask = Mask(16);
        using Tensor logits = empty(16, 4);
        using Tensor oneToken = Tokens(1);
        using Tensor oneMask = Mask(1);
        using Tensor oneLogits = empty(1, 4);
        ExitDecision[] decisions = new ExitDecision[16];
        pipeline.Policy = MixedExits.For(network, tokens, mask);

        AllocationAssert.ZeroBytes(() => pipeline.Forward(tokens, mask, logits, decisions), calls: 500);
        AllocationAssert.ZeroBytes(() => pipeline.Forward(oneToken, oneMask, oneLogits), calls: 500);
    }

    [Fact]
    public void A_stage_that_writes_gets_a_copy()
    {
        using IDisposable noGradient = no_grad();
        using WritingStages writing = new();
        writing.eval();
        using WritingStages.TorchPipeline compiled = writing.Freeze();
        using Tensor batch = randn(5, 4);
        using Tensor scale = randn(5, 4);
        using Tensor before = scale.clone();
        using Tensor logits = empty(5, 3);
        ExitDecision[] decisions = new ExitDecision[5];
        for (int exit = 0; exit < 2; exit++)
        {
            compiled.Policy = writing.Policy = ForcedExit.At(writing.Plan, exit);

            compiled.Forward(batch, scale, logits, decisions);
            using Tensor eager = writing.forward(batch, scale);
            using ExitLogits all = writing.ForwardAll(batch, scale);

            TensorAssert.Close(all[exit], logits);
            TensorAssert.Close(all[exit], eager);
            Assert.True(scale.equal(before).all().item<bool>());
        }
    }

    [Fact]
    public void Training_mode_gives_the_last_exit_and_its_gradients()
    {
        using Tensor tokens = Tokens(3);
        using Tensor mask = Mask(3);
        network.train();

        using Tensor logits = network.forward(tokens, mask);
        logits.sum().backward();

        using Tensor expected = ByHand(tokens, mask, exit: 2);
        TensorAssert.Close(expected, logits);
        Assert.NotNull(network.ThirdLayer.weight.grad);
    }

    [Fact]
    public void The_plan_lists_the_extra_inputs()
    {
        ExtraInputPlan mask = Assert.Single(network.Plan.ExtraInputs);

        Assert.Equal(("mask", ElementType.Float32), (mask.Name, mask.Type));
        Assert.Equal([MaskedEncoder.Length], mask.Shape);
        Assert.Null(typeof(MaskedEncoder).GetMethod("FreezeForCpu"));
    }

    internal static Tensor Tokens(int rows) => randint(0, 50, [rows, MaskedEncoder.Length], dtype: ScalarType.Int64);

    /// <summary>Another length in each row.</summary>
    internal static Tensor Mask(int rows)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor lengths = (arange(rows, dtype: ScalarType.Int64) * 3).remainder(MaskedEncoder.Length) + 1;
        Tensor mask = arange(MaskedEncoder.Length, dtype: ScalarType.Int64).unsqueeze(0) < lengths.unsqueeze(1);
        return mask.to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <summary>The network as one writes it without EarlyExitGen.</summary>
    private Tensor ByHand(Tensor tokens, Tensor mask, int exit)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor bias = ((1 - mask) * -1e4f).unsqueeze(1);
        Tensor x = network.Table.call(tokens);
        TorchSharp.Modules.Linear[] layers = [network.FirstLayer, network.SecondLayer, network.ThirdLayer];
        TorchSharp.Modules.Linear[] heads = [network.Shallow, network.Middle, network.Deep];
        for (int layer = 0; layer <= exit; layer++)
        {
            Tensor weights = nn.functional.softmax((matmul(x, x.transpose(1, 2)) / 4) + bias, -1);
            x = x + nn.functional.gelu(layers[layer].call(matmul(weights, x)));
        }

        Tensor tokensSeen = mask.sum(1, keepdim: true);
        Tensor pooled = matmul(mask.unsqueeze(1), x).squeeze(1) / tokensSeen;
        return heads[exit].call(pooled).MoveToOuterDisposeScope();
    }
}
