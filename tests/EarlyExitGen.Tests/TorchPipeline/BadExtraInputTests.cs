using EarlyExitGen.Tests.Networks;
using static TorchSharp.torch;

namespace EarlyExitGen.Tests.TorchPipeline;

/// <summary>What is wrong with an extra input is said in one sentence, before anything runs.</summary>
public sealed class BadExtraInputTests : IDisposable
{
    private const float Untouched = -77;

    private readonly MaskedEncoder network = new();
    private readonly MaskedEncoder.TorchPipeline pipeline;
    private readonly Tensor tokens = ExtraInputTests.Tokens(3);
    private readonly Tensor logits = full([3, 4], Untouched);
    private readonly ExitDecision[] decisions = new ExitDecision[3];

    public BadExtraInputTests()
    {
        network.eval();
        pipeline = network.Freeze();
    }

    public void Dispose()
    {
        logits.Dispose();
        tokens.Dispose();
        pipeline.Dispose();
        network.Dispose();
    }

    [Theory]
    [InlineData(new long[] { 2, 10 })]
    [InlineData(new long[] { 3, 9 })]
    [InlineData(new long[] { 3, 1, 10 })]
    [InlineData(new long[] { 10 })]
    [InlineData(new long[] { })]
    public void A_wrong_shape_or_number_of_rows(long[] shape)
    {
        using Tensor mask = ones(shape);
        string expected = "MaskedEncoder, extra input 'mask': it must have shape [3, 10], "
            + $"but is Float32 [{string.Join(", ", shape)}] on CPU.";

        Assert.Equal(expected, Refused(mask).Message);
        Assert.Equal(expected, Assert.Throws<ArgumentException>(() => network.forward(tokens, mask)).Message);
        Assert.Equal(expected, Assert.Throws<ArgumentException>(() => network.ForwardAll(tokens, mask)).Message);
    }

    [Fact]
    public void A_wrong_element_type()
    {
        using Tensor mask = ones([3, 10], ScalarType.Bool);
        const string expected = "MaskedEncoder, extra input 'mask': it must be Float32, but is Bool [3, 10] on CPU.";

        Assert.Equal(expected, Refused(mask).Message);
        Assert.Equal(expected, Assert.Throws<ArgumentException>(() => network.forward(tokens, mask)).Message);
    }

    [Fact]
    public void A_wrong_device()
    {
        using Tensor mask = ones([3, 10], device: META);

        Assert.Equal(
            "MaskedEncoder, extra input 'mask': it must be on cpu, where the weights are, but is Float32 [3, 10] on META.",
            Refused(mask).Message);
        Assert.Equal(
            "MaskedEncoder, extra input 'mask': it must be on cpu, as the input, but is Float32 [3, 10] on META.",
            Assert.Throws<ArgumentException>(() => network.forward(tokens, mask)).Message);
    }

    [Fact]
    public void One_that_was_disposed()
    {
        Tensor mask = ones(3, 10);
        mask.Dispose();

        ObjectDisposedException exception = Assert.Throws<ObjectDisposedException>(() => pipeline.Forward(tokens, mask, logits, decisions));

        Assert.Contains("MaskedEncoder: the tensor 'mask' was disposed.", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_that_is_null() =>
        Assert.Equal("mask", Assert.Throws<ArgumentNullException>(() => pipeline.Forward(tokens, null!, logits, decisions)).ParamName);

    [Fact]
    public void One_that_is_missing()
    {
        const string expected = "MaskedEncoder must be given its extra inputs beside the input, 'mask' [N, 10], but was given none.";
        using Tensor one = ExtraInputTests.Tokens(1);
        using Tensor oneLogits = empty(1, 4);

        Assert.Equal(expected, Assert.Throws<ArgumentException>(() => pipeline.Forward(one, oneLogits)).Message);
        Assert.Equal(expected, Assert.Throws<ArgumentException>(() => pipeline.Forward(tokens, logits, decisions)).Message);
        Assert.Equal(expected, Assert.Throws<ArgumentException>(() => network.forward(tokens)).Message);
        Assert.Equal(expected, Assert.Throws<ArgumentException>(() => network.ForwardAll(tokens)).Message);
        Assert.Equal(expected, Assert.Throws<ArgumentException>(() => network.CallStage(0, tokens)).Message);
        Assert.Equal(expected, Assert.Throws<ArgumentException>(() => network.CallExit(0, tokens)).Message);
    }

    [Fact]
    public void One_of_a_network_that_has_none()
    {
        const string expected = "Tiny declares no extra input, but was given 1.";
        using Tiny tiny = new();
        using Tiny.TorchPipeline compiled = tiny.Freeze();
        using Tensor input = randn(1, 4);
        using Tensor answer = empty(1, 3);

        Assert.Equal(expected, Assert.Throws<ArgumentException>(() => compiled.Forward(input, [input], answer)).Message);
        Assert.Equal(expected, Assert.Throws<ArgumentException>(() => tiny.ForwardAll(input, [input])).Message);
    }

    [Fact]
    public void After_a_refusal_the_pipeline_answers_as_before()
    {
        using Tensor wrong = ones(3, 9);
        using Tensor mask = ExtraInputTests.Mask(3);

        Refused(wrong);
        pipeline.Forward(tokens, mask, logits, decisions);

        Assert.All(logits.data<float>().ToArray(), value => Assert.NotEqual(Untouched, value));
    }

    private ArgumentException Refused(Tensor mask)
    {
        ArgumentException exception = Assert.Throws<ArgumentException>(() => pipeline.Forward(tokens, mask, logits, decisions));
        Assert.All(logits.data<float>().ToArray(), value => Assert.Equal(Untouched, value));
        return exception;
    }
}
