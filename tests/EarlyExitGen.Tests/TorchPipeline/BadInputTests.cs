using EarlyExitGen.Tests.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen.Tests.TorchPipeline;

/// <summary>What is wrong is said in one sentence that names the network, what was expected and what came; nothing is written.</summary>
public abstract class BadInputTests : DeviceTests, IDisposable
{
    private const float Untouched = -77;

    private readonly ThreeExits network = new();
    private readonly ThreeExits.TorchPipeline pipeline;
    private readonly Tensor logits;

    protected BadInputTests(TestDevice device)
        : base(device)
    {
        network.to(device.Torch);
        pipeline = device.Run(network.Freeze());
        logits = Full([1, 10], Untouched);
    }

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        logits.Dispose();
        pipeline.Dispose();
        network.Dispose();
    }

    [Theory]
    [InlineData(new long[] { 1, 1, 12, 11 })]
    [InlineData(new long[] { 1, 2, 12, 12 })]
    [InlineData(new long[] { 1, 12, 12 })]
    [InlineData(new long[] { 2, 1, 12, 12 })]
    [InlineData(new long[] { 0, 1, 12, 12 })]
    [InlineData(new long[] { })]
    public void A_wrong_shape(long[] shape)
    {
        using Tensor input = Zeros(shape);

        ArgumentException exception = Assert.Throws<ArgumentException>(() => pipeline.Forward(input, logits));

        Assert.Equal(
            "ThreeExits, stage 'stem': the input must have shape [1, 1, 12, 12], " +
            $"but is Float32 [{string.Join(", ", shape)}] on {Device.Description}.",
            exception.Message);
        AssertUntouched();
    }

    [Fact]
    public void A_wrong_element_type()
    {
        using Tensor input = zeros([1, 1, 12, 12], ScalarType.Float64, device: Device.Torch);

        ArgumentException exception = Assert.Throws<ArgumentException>(() => pipeline.Forward(input, logits));

        Assert.Equal(
            $"ThreeExits, stage 'stem': the input must be Float32, but is Float64 [1, 1, 12, 12] on {Device.Description}.",
            exception.Message);
    }

    [Fact]
    public void A_wrong_device()
    {
        using Tensor input = zeros([1, 1, 12, 12], device: META);

        ArgumentException exception = Assert.Throws<ArgumentException>(() => pipeline.Forward(input, logits));

        Assert.Contains(
            $"must be on {Device.Torch}, where the weights are, but is Float32 [1, 1, 12, 12] on META",
            exception.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_for_the_logits_that_does_not_fit()
    {
        using Tensor input = Zeros(1, 1, 12, 12);
        using Tensor narrow = Zeros(1, 9);

        ArgumentException exception = Assert.Throws<ArgumentException>(() => pipeline.Forward(input, narrow));

        Assert.StartsWith(
            $"ThreeExits: the tensor for the logits must be Float32 of shape [1, 10], but is Float32 [1, 9] on {Device.Description}.",
            exception.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_batch()
    {
        using Tensor batch = Zeros(0, 1, 12, 12);
        using Tensor none = Zeros(0, 10);

        ArgumentException exception = Assert.Throws<ArgumentException>(() => pipeline.Forward(batch, none, []));

        Assert.StartsWith("ThreeExits: the batch is empty; it needs at least one row.", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_few_decisions()
    {
        using Tensor batch = Zeros(3, 1, 12, 12);
        using Tensor answers = Zeros(3, 10);

        ArgumentException exception = Assert.Throws<ArgumentException>(() => pipeline.Forward(batch, answers, new ExitDecision[2]));

        Assert.StartsWith(
            "ThreeExits: the batch has 3 rows and needs as many decisions, but there is room for 2.",
            exception.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void NaN_in_the_input_is_no_answer_of_any_exit()
    {
        using Tensor input = Full([1, 1, 12, 12], float.NaN);

        InvalidOperationException exception = Assert.Throws<InvalidOperationException>(() => pipeline.Forward(input, logits));

        Assert.Equal(
            "ThreeExits: the last exit 'final' gave NaN for row 0, so there is no answer; is there a NaN in the input?", exception.Message);
        AssertUntouched();
    }

    [Fact]
    public void NaN_in_one_row_of_a_batch_names_the_row_and_writes_nothing()
    {
        using Tensor batch = Normal(3, 1, 12, 12);
        batch[1] = float.NaN;
        using Tensor answers = Full([3, 10], Untouched);
        ExitDecision[] decisions = new ExitDecision[3];

        InvalidOperationException exception =
            Assert.Throws<InvalidOperationException>(() => pipeline.Forward(batch, answers, decisions));

        Assert.Contains("for row 1", exception.Message, StringComparison.Ordinal);
        Assert.True((answers == Untouched).all().item<bool>());
        Assert.All(decisions, decision => Assert.Equal(default, decision));
    }

    [Fact]
    public void A_disposed_pipeline()
    {
        using Tensor input = Zeros(1, 1, 12, 12);
        pipeline.Dispose();

        Assert.Throws<ObjectDisposedException>(() => pipeline.Forward(input, logits));
        Assert.Throws<ObjectDisposedException>(() => pipeline.Forward(input, logits, new ExitDecision[1]));
        Assert.Throws<ObjectDisposedException>(() => pipeline.Clone());
    }

    [Fact]
    public void A_disposed_tensor()
    {
        Tensor input = Zeros(1, 1, 12, 12);
        input.Dispose();

        ObjectDisposedException exception = Assert.Throws<ObjectDisposedException>(() => pipeline.Forward(input, logits));

        Assert.Contains("ThreeExits: the tensor 'input' was disposed.", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Null()
    {
        using Tensor input = Zeros(1, 1, 12, 12);

        Assert.Throws<ArgumentNullException>(() => pipeline.Forward(null!, logits));
        Assert.Throws<ArgumentNullException>(() => pipeline.Forward(input, null!));
    }

    [Fact]
    public void A_module_in_training_mode_does_not_serve_ordinary_calls()
    {
        using CallingNet other = new();
        other.to(Device.Torch);
        using CallingNet.TorchPipeline calling = Device.Run(other.Freeze());
        using Tensor image = Zeros(1, 1, 28, 28);

        InvalidOperationException exception = Assert.Throws<InvalidOperationException>(() => calling.Forward(image, logits));

        Assert.Equal(
            "CallingNet is in training mode, and parts of its pipeline are ordinary calls on the module: call eval() first.",
            exception.Message);
        other.eval();
        Assert.InRange(calling.Forward(image, logits).Exit, 0, 1);
    }

    [Fact]
    public void The_module_itself_names_a_wrong_shape()
    {
        using Tensor input = Zeros(2, 1, 12, 11);
        const string expected = "ThreeExits, stage 'stem': the input must have shape [N, 1, 12, 12], but has [2, 1, 12, 11].";

        Assert.StartsWith(expected, Assert.Throws<ArgumentException>(() => network.forward(input)).Message, StringComparison.Ordinal);
        Assert.StartsWith(expected, Assert.Throws<ArgumentException>(() => network.ForwardAll(input)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_policy_of_another_network()
    {
        using FashionNet other = new();

        ArgumentException exception = Assert.Throws<ArgumentException>(() => pipeline.Policy = ExitPolicy.Default(other.Plan));

        Assert.StartsWith("The policy is for FashionNet", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_of_another_type_do_not_freeze()
    {
        using ThreeExits half = new();
        half.to(ScalarType.Float64);

        InvalidOperationException exception = Assert.Throws<InvalidOperationException>(() => half.Freeze());

        Assert.Equal("ThreeExits: parameter 'stem.0.weight' is Float64, but a pipeline needs Float32.", exception.Message);
    }

    [Fact]
    public void A_pipeline_works_on_after_an_error()
    {
        using Tensor input = Normal(1, 1, 12, 12);
        using Tensor broken = Full([1, 1, 12, 12], float.NaN);
        ExitDecision expected = pipeline.Forward(input, logits);

        Assert.Throws<InvalidOperationException>(() => pipeline.Forward(broken, logits));

        Device.AssertSame(expected, pipeline.Forward(input, logits));
    }

    private void AssertUntouched() => Assert.True((logits == Untouched).all().item<bool>(), "The logits were written.");
}

/// <summary>What is refused on the CPU.</summary>
public sealed class BadInputOnCpu() : BadInputTests(TestDevice.Cpu);

/// <summary>What is refused on the CPU, with the copies that a GPU needs.</summary>
public sealed class BadInputAsOnDevice() : BadInputTests(TestDevice.CpuAsDevice);

/// <summary>What is refused on a GPU.</summary>
[Trait(TestDevice.Trait, TestDevice.CudaTrait)]
public sealed class BadInputOnCuda() : BadInputTests(TestDevice.Cuda);
