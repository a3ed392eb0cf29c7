using EarlyExitGen.Tests.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen.Tests.TorchPipeline;

/// <summary>What only a GPU has: host memory that is pinned, weights that move there and back, a second GPU.</summary>
[Trait(TestDevice.Trait, TestDevice.CudaTrait)]
public sealed class CudaTests : IDisposable
{
    private readonly ThreeExits network = new();

    public CudaTests() => network.eval();

    public void Dispose() => network.Dispose();

    [CudaFact]
    public void Pinned_input_and_logits_serve_a_pipeline_on_the_cpu()
    {
        using ThreeExits.TorchPipeline pipeline = network.Freeze();
        using Tensor input = randn(1, 1, 12, 12);
        using Tensor pinned = input.pin_memory();
        using Tensor expected = empty(1, 10);
        using Tensor logits = zeros(1, 10).pin_memory();

        Assert.Equal(pipeline.Forward(input, expected), pipeline.Forward(pinned, logits));

        TensorAssert.Close(expected, logits);
    }

    [CudaFact]
    public void Pinned_logits_serve_a_pipeline_on_a_gpu_and_pinned_input_is_refused()
    {
        TestDevice device = TestDevice.Cuda;
        network.to(device.Torch);
        using ThreeExits.TorchPipeline pipeline = network.Freeze();
        using Tensor pinned = randn(1, 1, 12, 12).pin_memory();
        using Tensor input = pinned.to(device.Torch);
        using Tensor expected = empty(1, 10);
        using Tensor logits = zeros(1, 10).pin_memory();

        device.AssertSame(pipeline.Forward(input, expected), pipeline.Forward(input, logits));
        TensorAssert.Close(expected, logits);

        ArgumentException exception = Assert.Throws<ArgumentException>(() => pipeline.Forward(pinned, logits));
        Assert.Equal(
            "ThreeExits, stage 'stem': the input must be on cuda:0, where the weights are, but is Float32 [1, 1, 12, 12] on CPU.",
            exception.Message);
    }

    [CudaFact]
    public void Input_on_another_gpu_is_refused_and_logits_there_are_written()
    {
        Cuda.Require(devices: 2);
        network.to(TestDevice.Cuda.Torch);
        using ThreeExits.TorchPipeline pipeline = network.Freeze();
        using Tensor input = randn([1, 1, 12, 12], device: TestDevice.Cuda.Torch);
        using Tensor elsewhere = input.to(new Device(DeviceType.CUDA, 1));
        using Tensor expected = empty(1, 10);
        using Tensor logits = zeros([1, 10], device: new Device(DeviceType.CUDA, 1));
        pipeline.Forward(input, expected);

        pipeline.Forward(input, logits);

        TensorAssert.Close(expected, logits);
        ArgumentException exception = Assert.Throws<ArgumentException>(() => pipeline.Forward(elsewhere, logits));
        Assert.Contains("must be on cuda:0, where the weights are, but is Float32 [1, 1, 12, 12] on CUDA:1", exception.Message, StringComparison.Ordinal);
    }

    [CudaFact]
    public void Refreezing_follows_the_weights_to_the_gpu_and_back()
    {
        TestDevice device = TestDevice.Cuda;
        using ThreeExits.TorchPipeline pipeline = network.Freeze();
        pipeline.Policy = ForcedExit.At(pipeline.Plan, 2);
        using Tensor input = randn(1, 1, 12, 12);
        using Tensor there = input.to(device.Torch);
        using Tensor expected = empty(1, 10);
        using Tensor logits = empty(1, 10);
        pipeline.Forward(input, expected);

        network.to(device.Torch);
        pipeline.Refreeze();
        pipeline.Forward(there, logits);
        Assert.Equal(DeviceType.CUDA, pipeline.Device.type);
        Assert.Empty(pipeline.Compactions);
        TensorAssert.Close(expected, logits);

        network.to(CPU);
        pipeline.Refreeze();
        pipeline.Forward(input, logits);
        Assert.Equal(DeviceType.CPU, pipeline.Device.type);
        TensorAssert.Close(expected, logits);
    }

    [CudaFact]
    public void Refreezing_for_half_precision_off_the_gpu_is_refused_and_leaves_all_old_weights()
    {
        TestDevice device = TestDevice.Cuda;
        network.to(device.Torch);
        using ThreeExits.TorchPipeline pipeline = network.Freeze(ScalarType.BFloat16);
        using Tensor input = randn([1, 1, 12, 12], device: device.Torch);
        using Tensor expected = empty(1, 10);
        using Tensor logits = empty(1, 10);
        ExitDecision before = pipeline.Forward(input, expected);
        network.to(CPU);

        InvalidOperationException exception = Assert.Throws<InvalidOperationException>(pipeline.Refreeze);

        Assert.Equal("ThreeExits: bfloat16 and float16 are for CUDA: the module is on cpu.", exception.Message);
        device.AssertSame(before, pipeline.Forward(input, logits));
        TensorAssert.Close(expected, logits);
    }

    [CudaFact]
    public void A_network_on_a_gpu_freezes_for_the_cpu_pipeline()
    {
        network.to(TestDevice.Cuda.Torch);
        using ThreeExits.TorchPipeline pipeline = network.Freeze();
        using ThreeExits.CpuPipeline cpu = network.FreezeForCpu();
        pipeline.Policy = cpu.Policy = ForcedExit.At(pipeline.Plan, 2);
        using Tensor input = randn(1, 1, 12, 12);
        using Tensor there = input.to(TestDevice.Cuda.Torch);
        using Tensor logits = empty(1, 10);
        float[] scores = new float[10];
        pipeline.Forward(there, logits);

        cpu.Forward(input.data<float>().ToArray(), scores);

        using Tensor fromCpu = tensor(scores).reshape(1, 10);
        TensorAssert.Close(logits, fromCpu);
    }
}
