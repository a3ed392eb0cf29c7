using System.Diagnostics;
using EarlyExitGen.Tests.Networks;
using EarlyExitGen.TorchRuntime;
using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen.Tests.TorchPipeline;

/// <summary>What goes wrong in the middle of a call is one error: nothing is written, nothing leaks, and the next call works.</summary>
public abstract class FaultTests : DeviceTests, IDisposable
{
    private const float Untouched = -7;
    private const int Rows = 4;

    private readonly Interrupted network = new();
    private readonly Interrupted.TorchPipeline pipeline;
    private readonly Tensor batch;
    private readonly Tensor one;
    private readonly Tensor batchLogits;
    private readonly Tensor oneLogits;
    private readonly ExitDecision[] decisions = new ExitDecision[Rows];

    protected FaultTests(TestDevice device)
        : base(device)
    {
        batch = Normal(Rows, 64);
        one = Normal(1, 64);
        batchLogits = Full([Rows, 3], Untouched);
        oneLogits = Full([1, 3], Untouched);
        network.eval();
        network.to(device.Torch);
        pipeline = device.Run(network.Freeze());

        // Half of the rows leave before the fault.
        pipeline.Policy = MixedExits.For(network, batch);
    }

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        pipeline.Dispose();
        network.Dispose();
        foreach (Tensor tensor in new[] { batch, one, batchLogits, oneLogits }) tensor.Dispose();
    }

    [Fact]
    public void A_stage_that_throws_answers_no_row()
    {
        network.Meanwhile = _ => throw new TimeoutException("The sensor is gone.");

        TimeoutException exception = Assert.Throws<TimeoutException>(() => pipeline.Forward(batch, batchLogits, decisions));

        Assert.Equal("The sensor is gone.", exception.Message);
        AssertUntouched();
        AssertWorksAgain();
    }

    [Fact]
    public void What_a_stage_keeps_of_its_input_stays_as_it_was()
    {
        Tensor? kept = null;
        network.Meanwhile = features =>
        {
            kept ??= features.alias().DetachFromDisposeScope();
            return features.cumsum(1);
        };
        pipeline.Forward(batch, batchLogits, decisions);
        using Tensor before = kept!.clone();
        using Tensor other = Normal(Rows, 64);

        for (int call = 0; call < 5; call++) pipeline.Forward(other, batchLogits, decisions);

        Assert.True(before.equal(kept).all().item<bool>());
        kept.Dispose();
    }

    [Fact]
    public void A_stage_that_throws_answers_no_single_input()
    {
        pipeline.Policy = ForcedExit.At(pipeline.Plan, exit: 1);
        network.Meanwhile = _ => throw new TimeoutException();

        Assert.Throws<TimeoutException>(() => pipeline.Forward(one, oneLogits));

        AssertUntouched();
        AssertWorksAgain();
    }

    [Fact]
    public void A_stage_that_gives_null_is_named()
    {
        network.Meanwhile = _ => null!;

        InvalidOperationException exception = Assert.Throws<InvalidOperationException>(
            () => pipeline.Forward(batch, batchLogits, decisions));

        Assert.Contains("Opaque", exception.Message, StringComparison.Ordinal);
        AssertUntouched();
        AssertWorksAgain();
    }

    [Fact]
    public void A_stage_that_gives_a_disposed_tensor_is_refused()
    {
        network.Meanwhile = features =>
        {
            Tensor sum = features.cumsum(1);
            sum.Dispose();
            return sum;
        };

        InvalidOperationException exception = Assert.Throws<InvalidOperationException>(
            () => pipeline.Forward(batch, batchLogits, decisions));

        Assert.Contains("Opaque", exception.Message, StringComparison.Ordinal);

        AssertUntouched();
        AssertWorksAgain();
    }

    [Fact]
    public void A_stage_that_gives_another_width_is_an_error_of_libtorch()
    {
        network.Meanwhile = features => features.narrow(1, 0, 5).clone();

        InvalidOperationException exception = Assert.Throws<InvalidOperationException>(
            () => pipeline.Forward(batch, batchLogits, decisions));

        Assert.Contains("1024", exception.Message, StringComparison.Ordinal);
        AssertUntouched();
        AssertWorksAgain();
    }

    // To leave rows out, each must be one of the features' own.
    [Theory]
    [InlineData(1)]
    [InlineData(2 * Rows)]
    public void A_stage_that_gives_another_number_of_rows_is_refused(int given)
    {
        using RowChanger other = new();
        other.eval();
        other.to(batch.device);
        other.GivenRows = given;
        using RowChanger.TorchPipeline changed = Device.Run(other.Freeze());
        changed.Policy = MixedExits.For(other, batch);

        InvalidOperationException exception = Assert.Throws<InvalidOperationException>(() => changed.Forward(batch, batchLogits, decisions));

        Assert.Contains($"must have {Rows} rows, one for each input, but a stage gave {given}", exception.Message, StringComparison.Ordinal);
        AssertUntouched();
    }

    [Fact]
    public void Disposing_during_a_call_is_refused()
    {
        Exception? refusal = null;
        network.Meanwhile = features =>
        {
            refusal = Record.Exception(pipeline.Dispose);
            return features.cumsum(1);
        };

        pipeline.Forward(batch, batchLogits, decisions);

        Assert.Contains("in use by another call", Assert.IsType<InvalidOperationException>(refusal).Message, StringComparison.Ordinal);
        AssertWorksAgain();
    }

    [Fact]
    public void A_second_thread_is_refused_during_a_call()
    {
        Exception? refusal = null;
        network.Meanwhile = features =>
        {
            Thread other = new(() => refusal = Record.Exception(() => pipeline.Forward(one, oneLogits)));
            other.Start();
            other.Join();
            return features.cumsum(1);
        };

        pipeline.Forward(batch, batchLogits, decisions);

        Assert.Contains("Clone()", Assert.IsType<InvalidOperationException>(refusal).Message, StringComparison.Ordinal);
        Assert.True((oneLogits == Untouched).all().item<bool>());
        AssertWorksAgain();
    }

    [Fact]
    public unsafe void Memory_that_libtorch_does_not_get_is_one_error()
    {
        long* sizes = stackalloc long[] { 1L << 50 };
        long* strides = stackalloc long[] { 1 };
        nint result = LibTorchSharp.EmptyStrided(sizes, 1, strides, 1, (sbyte)ScalarType.Float32, (int)Device.Torch.type, Device.Torch.index, 0);

        InvalidOperationException exception = Assert.Throws<InvalidOperationException>(() => NativeError.Check(result));

        Assert.Contains("memory", exception.Message, StringComparison.Ordinal);
        AssertWorksAgain();
    }

    [Fact]
    public void Calls_that_fail_leak_nothing()
    {
        const int Many = 256;
        const long Allowed = 48L << 20;
        using Tensor many = Normal(Many, 64);
        using Tensor manyLogits = Empty(Many, 3);
        ExitDecision[] manyDecisions = new ExitDecision[Many];
        pipeline.Policy = ForcedExit.At(pipeline.Plan, exit: 1);
        network.Meanwhile = _ => throw new TimeoutException();
        void fail() => Assert.Throws<TimeoutException>(() => pipeline.Forward(many, manyLogits, manyDecisions));
        for (int call = 0; call < 50; call++) fail();
        long before = ResidentBytes();

        // The features of one call are 1 MB.
        for (int call = 0; call < 400; call++) fail();

        long growth = ResidentBytes() - before;
        Assert.True(growth < Allowed, $"Resident memory grew by {growth:N0} bytes.");
    }

    private static long ResidentBytes()
    {
        using Process process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    private void AssertUntouched()
    {
        Assert.True((batchLogits == Untouched).all().item<bool>(), "The batch's logits were written.");
        Assert.True((oneLogits == Untouched).all().item<bool>(), "The logits were written.");
        Assert.All(decisions, decision => Assert.Equal(default, decision));
    }

    private void AssertWorksAgain()
    {
        network.Meanwhile = features => features.cumsum(1);
        pipeline.Policy = ForcedExit.At(pipeline.Plan, exit: 1);
        pipeline.Forward(batch, batchLogits, decisions);
        Assert.All(decisions, decision => Assert.Equal(1, decision.Exit));
        using ExitLogits expected = network.ForwardAll(batch);
        TensorAssert.Close(expected[1], batchLogits);
    }
}

/// <summary>Faults on the CPU.</summary>
[Collection(nameof(RunsAlone))]
public sealed class FaultOnCpu() : FaultTests(TestDevice.Cpu);

/// <summary>Faults on the CPU, with the copies that a GPU needs.</summary>
[Collection(nameof(RunsAlone))]
public sealed class FaultAsOnDevice() : FaultTests(TestDevice.CpuAsDevice);

/// <summary>Faults on a GPU.</summary>
[Trait(TestDevice.Trait, TestDevice.CudaTrait)]
[Collection(nameof(RunsAlone))]
public sealed class FaultOnCuda() : FaultTests(TestDevice.Cuda);

/// <summary>Faults on the CPU, with scores and answers where the logits are.</summary>
[Collection(nameof(RunsAlone))]
public sealed class FaultWithScoresAsOnDevice() : FaultTests(TestDevice.CpuWithScores);

/// <summary>Faults on a GPU, with scores and answers there.</summary>
[Trait(TestDevice.Trait, TestDevice.CudaTrait)]
[Collection(nameof(RunsAlone))]
public sealed class FaultWithScoresOnCuda() : FaultTests(TestDevice.CudaWithScores);
