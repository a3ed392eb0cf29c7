// Calls of the check for changed weights are compiled where this is defined, as in a Debug build.
#define DEBUG

using System.Diagnostics;
using EarlyExitGen.Tests.Networks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace EarlyExitGen.Tests.TorchPipeline;

/// <summary>Frozen weights stay as they are until they are refrozen, and tell when the module has others.</summary>
public abstract class RefreezeTests : DeviceTests, IDisposable
{
    private const string FirstWeight = "stem.0.weight";

    private readonly ThreeExits network;
    private readonly ThreeExits.TorchPipeline pipeline;
    private readonly Tensor input;
    private readonly Tensor logits;

    protected RefreezeTests(TestDevice device)
        : base(device)
    {
        random.manual_seed(11);
        network = new ThreeExits();
        TrainedLookalike.Randomize(network);
        network.eval();
        network.to(device.Torch);
        input = Normal(1, 1, 12, 12);
        logits = Empty(1, 10);
        pipeline = device.Run(network.Freeze());
        pipeline.Policy = ForcedExit.At(pipeline.Plan, 2);
    }

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        pipeline.Dispose();
        network.Dispose();
        input.Dispose();
        logits.Dispose();
    }

    [Fact]
    public void Later_weights_count_from_the_next_refreeze_on()
    {
        using Tensor before = Answer(pipeline);
        Train();
        using (Tensor stillOld = Answer(pipeline)) AssertSame(before, stillOld);

        pipeline.Refreeze();

        using Tensor after = Answer(pipeline);
        using ExitLogits expected = network.ForwardAll(input);
        TensorAssert.Close(expected[2], after);
        Assert.False(after.Equals(before));
    }

    [Fact]
    public void Running_statistics_are_refrozen_with_their_fold()
    {
        using (no_grad()) network.get_buffer("stem.1.running_mean")!.add_(1);
        Assert.Equal("stem.1.running_mean", pipeline.ChangedParameter);

        pipeline.Refreeze();

        using Tensor after = Answer(pipeline);
        using ExitLogits expected = network.ForwardAll(input);
        TensorAssert.Close(expected[2], after);
    }

    [Fact]
    public void Clones_keep_their_weights()
    {
        using ThreeExits.TorchPipeline clone = pipeline.Clone();
        using Tensor before = Answer(clone);
        Train();

        pipeline.Refreeze();

        using Tensor after = Answer(clone);
        AssertSame(before, after);
        Assert.Equal(FirstWeight, clone.ChangedParameter);
        Assert.Null(pipeline.ChangedParameter);
        clone.Refreeze();
        using Tensor refrozen = Answer(clone);
        using Tensor own = Answer(pipeline);
        AssertSame(own, refrozen);
    }

    [Fact]
    public void A_layer_that_no_longer_fits_leaves_all_old_weights()
    {
        using Tensor before = Answer(pipeline);
        Train();
        Linear last = LastLayer();
        last.weight = new Parameter(Normal(10, 17));

        InvalidOperationException exception = Assert.Throws<InvalidOperationException>(pipeline.Refreeze);

        Assert.Equal("ThreeExits: 'final.2.weight' is [10, 17] now, but was [10, 16] when it was frozen.", exception.Message);
        using Tensor after = Answer(pipeline);
        AssertSame(before, after);
    }

    [Fact]
    public void Weights_of_another_type_leave_all_old_weights()
    {
        using Tensor before = Answer(pipeline);
        network.to(ScalarType.Float64);

        Assert.Throws<InvalidOperationException>(pipeline.Refreeze);

        using Tensor after = Answer(pipeline);
        AssertSame(before, after);
    }

    [Fact]
    public void A_written_parameter_is_named()
    {
        Assert.Null(pipeline.ChangedParameter);
        Train();
        Assert.Equal(FirstWeight, pipeline.ChangedParameter);
        pipeline.Refreeze();
        Assert.Null(pipeline.ChangedParameter);
    }

    [Fact]
    public void A_replaced_parameter_is_named()
    {
        Linear last = LastLayer();
        last.bias = new Parameter(Zeros(10));

        Assert.Equal("final.2.bias", pipeline.ChangedParameter);
        pipeline.Refreeze();
        Assert.Null(pipeline.ChangedParameter);
        using Tensor after = Answer(pipeline);
        using ExitLogits expected = network.ForwardAll(input);
        TensorAssert.Close(expected[2], after);
    }

    [Fact]
    public void A_debug_build_says_once_which_parameter_changed()
    {
        using RecordedTrace trace = new();
        pipeline.WarnOfChangedWeights();
        Assert.Empty(trace.Lines);
        Train();

        pipeline.WarnOfChangedWeights();
        pipeline.WarnOfChangedWeights();

        string line = Assert.Single(trace.Lines);
        Assert.Equal(
            "ThreeExits: 'stem.0.weight' was changed or replaced after its weights were frozen, and this pipeline answers with the older " +
            "ones; Refreeze() takes the present ones.",
            line);
        pipeline.Refreeze();
        pipeline.WarnOfChangedWeights();
        Assert.Single(trace.Lines);
    }

    [Fact]
    public void The_check_allocates_no_managed_byte() => AllocationAssert.ZeroBytes(() => _ = pipeline.ChangedParameter, calls: 1_000);

    [Fact]
    public void A_network_with_ordinary_calls_refreezes_its_compiled_layers()
    {
        using CallingNet calling = new();
        calling.eval();
        calling.to(Device.Torch);
        using CallingNet.TorchPipeline own = Device.Run(calling.Freeze());
        using Tensor image = Normal(1, 1, 28, 28);
        own.Policy = ForcedExit.At(own.Plan, 1);
        using (no_grad()) calling.get_parameter("final.weight")!.mul_(2);

        own.Refreeze();

        own.Forward(image, logits);
        using ExitLogits expected = calling.ForwardAll(image);
        TensorAssert.Close(expected[1], logits);
    }

    [Fact]
    public void A_disposed_pipeline_or_module_is_refused()
    {
        ThreeExits other = new();
        using ThreeExits.TorchPipeline orphan = other.Freeze();
        other.Dispose();
        Assert.ThrowsAny<InvalidOperationException>(orphan.Refreeze);

        ThreeExits.TorchPipeline disposed = network.Freeze();
        disposed.Dispose();
        Assert.Throws<ObjectDisposedException>(disposed.Refreeze);
        Assert.Throws<ObjectDisposedException>(() => disposed.ChangedParameter);
    }

    [Fact]
    public async Task Clones_made_while_another_thread_refreezes_answer_with_the_old_or_the_new_weights()
    {
        using Tensor first = Answer(pipeline);
        Train();
        using ThreeExits.TorchPipeline trained = network.Freeze();
        trained.Policy = pipeline.Policy;
        using Tensor second = Answer(trained);

        Task refreezing = Task.Run(
            () =>
            {
                for (int repeat = 0; repeat < 200; repeat++) pipeline.Refreeze();
            },
            TestContext.Current.CancellationToken);
        while (!refreezing.IsCompleted)
        {
            using ThreeExits.TorchPipeline clone = pipeline.Clone();
            using Tensor answer = Answer(clone);
            Assert.True(IsSame(first, answer) || IsSame(second, answer));
        }

        await refreezing;
    }

    // On a GPU the same weights may give another rounding, since libraries choose their kernels.
    private bool IsSame(Tensor expected, Tensor actual) =>
        Device.IsCuda ? expected.allclose(actual, rtol: 1e-5, atol: 1e-6) : actual.Equals(expected);

    private void AssertSame(Tensor expected, Tensor actual) => Assert.True(IsSame(expected, actual), "The answer changed.");

    private Linear LastLayer() => (Linear)network.named_modules().Single(pair => pair.name == "final.2").module;

    private void Train()
    {
        using IDisposable noGradient = no_grad();
        foreach ((_, Parameter parameter) in network.named_parameters()) parameter.mul_(1.1f).add_(0.02f);
    }

    private Tensor Answer(ThreeExits.TorchPipeline from)
    {
        from.Forward(input, logits);
        return logits.clone();
    }

    private sealed class RecordedTrace : TraceListener
    {
        public RecordedTrace() => Trace.Listeners.Add(this);

        public List<string> Lines { get; } = [];

        public override void Write(string? message)
        {
        }

        public override void WriteLine(string? message) => Lines.Add(message ?? "");

        protected override void Dispose(bool disposing)
        {
            Trace.Listeners.Remove(this);
            base.Dispose(disposing);
        }
    }
}

/// <summary>Refreezing on the CPU.</summary>
[Collection(nameof(RunsAlone))]
public sealed class RefreezeOnCpu() : RefreezeTests(TestDevice.Cpu);

/// <summary>Refreezing on the CPU, with the copies that a GPU needs.</summary>
[Collection(nameof(RunsAlone))]
public sealed class RefreezeAsOnDevice() : RefreezeTests(TestDevice.CpuAsDevice);

/// <summary>Refreezing on a GPU.</summary>
[Trait(TestDevice.Trait, TestDevice.CudaTrait)]
[Collection(nameof(RunsAlone))]
public sealed class RefreezeOnCuda() : RefreezeTests(TestDevice.Cuda);

/// <summary>Refreezing on the CPU, with scores and answers where the logits are.</summary>
[Collection(nameof(RunsAlone))]
public sealed class RefreezeWithScoresAsOnDevice() : RefreezeTests(TestDevice.CpuWithScores);

/// <summary>Refreezing on a GPU, with scores and answers there.</summary>
[Trait(TestDevice.Trait, TestDevice.CudaTrait)]
[Collection(nameof(RunsAlone))]
public sealed class RefreezeWithScoresOnCuda() : RefreezeTests(TestDevice.CudaWithScores);
