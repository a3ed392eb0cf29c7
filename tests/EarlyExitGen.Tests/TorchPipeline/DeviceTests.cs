using static TorchSharp.torch;

namespace EarlyExitGen.Tests.TorchPipeline;

/// <summary>Tests whose tensors are on one device; a subclass for each device runs them there.</summary>
public abstract class DeviceTests(TestDevice device)
{
    protected TestDevice Device { get; } = device;

    protected Tensor Normal(params long[] shape) => randn(shape, device: Device.Torch);

    protected Tensor Zeros(params long[] shape) => zeros(shape, device: Device.Torch);

    protected Tensor Empty(params long[] shape) => empty(shape, device: Device.Torch);

    protected Tensor Full(long[] shape, float value) => full(shape, value, device: Device.Torch);

    protected Tensor Line(double start, double end, long steps) => linspace(start, end, steps, device: Device.Torch);
}
