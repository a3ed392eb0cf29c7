using CsCheck;
using EarlyExitGen.Tests.Networks;
using EarlyExitGen.TorchRuntime;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace EarlyExitGen.Tests.TorchPipeline;

/// <summary>Our kernel for linear layers gives what libtorch's gives, and which one runs can be seen.</summary>
[Collection(nameof(RunsAlone))]
public sealed class LinearRouteTests
{
    private static readonly LinearTiming Packed = new(Rows: 1, Ordinary: 2, Packed: 1);

    private static readonly Gen<Case> Cases =
        from leading in Gen.Long[1, 11].Array[1, 3]
        from inputs in Gen.Int[1, 70]
        from outputs in Gen.Frequency((1, Gen.Int[1, 9].Select(blocks => 16 * blocks)), (1, Gen.Int[1, 70]))
        from hasBias in Gen.Bool
        from activates in Gen.Bool
        from seed in Gen.Long[0, 1_000]
        select new Case([.. leading, inputs], outputs, hasBias, activates, seed);

    [Fact]
    public void Both_ways_agree() => Cases.Sample(
        example =>
        {
            using IDisposable noGradient = no_grad();
            using DisposeScope scope = NewDisposeScope();
            random.manual_seed(example.Seed);
            Tensor input = randn(example.Input);
            Tensor weight = randn(example.Outputs, example.Input[^1]);
            Tensor? bias = example.HasBias ? randn(example.Outputs) : null;
            LayerTail? tail = example.Activates ? new LayerTail().ReLU() : null;
            using FrozenLinear linear = new(new FrozenLayer(weight.Handle, bias?.Handle ?? 0), weight, tail);
            linear.Take(new LinearRoute("layer", Packed, Packed));

            nint result = linear.TryRun(input.Handle, tail);

            Assert.NotEqual(0, result);
            Tensor actual = Tensor.UnsafeCreateTensor(result);
            Tensor expected = functional.linear(input, weight, bias);
            if (example.Activates) expected = functional.relu(expected);
            Assert.Equal(expected.shape, actual.shape);
            Assert.Equal(expected.stride(), actual.stride());
            TensorAssert.CloseForSums(expected, functional.linear(input.abs(), weight.abs(), bias?.abs()), actual);
        },
        iter: 300);

    [Fact]
    public void What_does_not_lie_in_rows_is_left_to_libtorch()
    {
        using Tensor weight = randn(16, 8);
        using FrozenLinear linear = new(new FrozenLayer(weight.Handle, 0), weight);
        linear.Take(new LinearRoute("layer", Packed, Packed));
        using Tensor turned = randn(8, 4).transpose(0, 1);
        using Tensor doubles = randn([4, 8], ScalarType.Float64);
        using Tensor wider = randn(4, 9);
        using Tensor vector = randn(8);

        using Tensor rows = randn(4, 8);
        Assert.Equal(0, linear.TryRun(rows.Handle, new LayerTail().ReLU()));
        foreach (Tensor input in new[] { turned, doubles, wider, vector }) Assert.Equal(0, linear.TryRun(input.Handle, tail: null));
    }

    [Fact]
    public void The_ordinary_way_is_left_only_for_a_gain()
    {
        Assert.True(new LinearTiming(1, Ordinary: 10, Packed: 9).IsPacked);
        Assert.False(new LinearTiming(1, Ordinary: 10, Packed: 9.8).IsPacked);
        Assert.False(new LinearTiming(1, Ordinary: 10, Packed: double.NaN).IsPacked);
    }

    [Fact]
    public void Layers_are_listed_and_clones_and_refreezing_keep_the_choice()
    {
        using WideHead network = new();
        using WideHead.TorchPipeline pipeline = network.Freeze();
        LinearRoute[] before = [.. pipeline.LinearRoutes];

        Assert.Equal(["stem.0", "final"], before.Select(route => route.Path));
        Assert.True(before[0].OneRow is { Rows: 1, Ordinary: > 0, Packed: > 0 });
        Assert.True(before[0].Batch is { Rows: > 1, Ordinary: > 0, Packed: > 0 });
        pipeline.Refreeze();
        using WideHead.TorchPipeline clone = pipeline.Clone();
        Assert.Equal(before, pipeline.LinearRoutes);
        Assert.Equal(before, clone.LinearRoutes);
    }

    // A tied weight, say, that lies in memory as another layer needs it.
    [Fact]
    public void A_refrozen_weight_may_lie_in_memory_as_it_likes()
    {
        using WideHead network = new();
        network.eval();
        using WideHead.TorchPipeline pipeline = network.Freeze();
        Linear layer = (Linear)network.named_modules().Single(module => module.name == "stem.0").module;
        layer.weight = Parameter(randn(20, 32).t().detach());
        Assert.False(layer.weight.is_contiguous());

        pipeline.Refreeze();

        foreach (int rows in new[] { 1, 8 })
        {
            using Tensor input = randn(rows, 20);
            using Tensor logits = empty(rows, 3);
            pipeline.Forward(input, logits, new ExitDecision[rows]);
            using IDisposable noGradient = no_grad();
            TensorAssert.Close(network.forward(input), logits);
        }
    }

    private sealed record Case(long[] Input, long Outputs, bool HasBias, bool Activates, long Seed);
}
