using EarlyExitGen.Tests.Networks;
using EarlyExitGen.TorchRuntime;
using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen.Tests.TorchPipeline;

/// <summary>What a network can't be frozen for is said, and its pipeline keeps what it has.</summary>
public sealed class PrecisionErrorTests : IDisposable
{
    private readonly Tiny network = new();

    public PrecisionErrorTests() => network.eval();

    public void Dispose() => network.Dispose();

    [Theory]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    public void Half_precision_is_for_cuda(ScalarType precision)
    {
        InvalidOperationException exception = Assert.Throws<InvalidOperationException>(() => network.Freeze(precision));

        Assert.Equal("Tiny: bfloat16 and float16 are for CUDA: the module is on cpu.", exception.Message);
    }

    [Theory]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.Int8)]
    public void Other_types_are_refused(ScalarType precision)
    {
        ArgumentOutOfRangeException exception = Assert.Throws<ArgumentOutOfRangeException>(() => network.Freeze(precision));

        Assert.StartsWith(
            $"Tiny: a pipeline computes in Float32, BFloat16 or Float16, not in {precision}.", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_half_module_is_refused()
    {
        network.to(ScalarType.BFloat16);

        InvalidOperationException exception = Assert.Throws<InvalidOperationException>(() => network.Freeze(ScalarType.BFloat16));

        Assert.Contains("is BFloat16, but a pipeline needs Float32", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Float32_is_what_freezing_without_a_precision_gives()
    {
        using Tiny.TorchPipeline pipeline = network.Freeze(ScalarType.Float32);
        using Tiny.TorchPipeline ordinary = network.Freeze();
        using Tensor input = randn(1, 4);
        using Tensor logits = empty(1, 3);
        using Tensor expected = empty(1, 3);

        Assert.Equal(ordinary.Forward(input, expected), pipeline.Forward(input, logits));

        Assert.Equal((ScalarType.Float32, ScalarType.Float32), (ordinary.Precision, pipeline.Precision));
        TensorAssert.Close(expected, logits);
    }

    [Fact]
    public void A_half_pipeline_takes_float32_inputs_only()
    {
        using Tiny.TorchPipeline pipeline = new(network, new FrozenWeights(network, ScalarType.BFloat16, halvesAnywhere: true));
        using Tensor input = randn(1, 4).to(ScalarType.BFloat16);
        using Tensor logits = empty(1, 3);

        ArgumentException exception = Assert.Throws<ArgumentException>(() => pipeline.Forward(input, logits));

        Assert.Contains("must be Float32, but is BFloat16", exception.Message, StringComparison.Ordinal);
    }
}
