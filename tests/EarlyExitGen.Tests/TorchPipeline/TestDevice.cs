using EarlyExitGen.TorchRuntime;
using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen.Tests.TorchPipeline;

/// <summary>Where the tensors of a test are, and what a pipeline does with them there.</summary>
public sealed class TestDevice
{
    /// <summary>The trait of the tests that need a GPU.</summary>
    public const string Trait = "Device";

    /// <summary>Its value.</summary>
    public const string CudaTrait = "CUDA";

    private readonly bool actsAsOnDevice;
    private readonly bool scoresThere;

    private TestDevice(Device device, bool actsAsOnDevice, bool scoresThere = false) =>
        (Torch, this.actsAsOnDevice, this.scoresThere) = (device, actsAsOnDevice, scoresThere);

    /// <summary>The CPU.</summary>
    public static TestDevice Cpu { get; } = new(CPU, actsAsOnDevice: false);

    /// <summary>The CPU, with every copy that a GPU would need.</summary>
    public static TestDevice CpuAsDevice { get; } = new(CPU, actsAsOnDevice: true);

    /// <summary>The CPU as a device, where every batch has its scores and answers as only large batches have them on a GPU.</summary>
    public static TestDevice CpuWithScores { get; } = new(CPU, actsAsOnDevice: true, scoresThere: true);

    /// <summary>The first GPU, where every batch has its scores and answers there.</summary>
    public static TestDevice CudaWithScores => new(Cuda.Torch, actsAsOnDevice: false, scoresThere: true);

    /// <summary>The first GPU; skips the test where there is none.</summary>
    public static TestDevice Cuda
    {
        get
        {
            Tests.Cuda.Require();

            // By default convolutions round to ten bits there: no measure for what folding and order of summation change.
            backends.cudnn.allow_tf32 = false;
            backends.cuda.matmul.allow_tf32 = false;
            return new TestDevice(new Device(DeviceType.CUDA, 0), actsAsOnDevice: false);
        }
    }

    /// <summary>As torch names it.</summary>
    public Device Torch { get; }

    /// <summary>Whether it is a GPU.</summary>
    public bool IsCuda => Torch.type == DeviceType.CUDA;

    /// <summary>As a message describes a tensor's device.</summary>
    public string Description => IsCuda ? "CUDA:0" : "CPU";

    /// <summary>Makes a pipeline run as on this device.</summary>
    public T Run<T>(T pipeline)
        where T : EarlyExitTorchPipeline
    {
        pipeline.ActsAsOnDevice = actsAsOnDevice;
        if (scoresThere) pipeline.ScoresOnDeviceFrom = 1;
        return pipeline;
    }

    /// <summary>The same decision. On a GPU, and where it is scored as there, a score may differ by a rounding.</summary>
    public void AssertSame(ExitDecision expected, ExitDecision actual)
    {
        if (!IsCuda && !scoresThere)
        {
            Assert.Equal(expected, actual);
            return;
        }

        Assert.Equal((expected.Exit, expected.Label, expected.Reason), (actual.Exit, actual.Label, actual.Reason));
        Assert.Equal(expected.Score, actual.Score, tolerance: 1e-5f);
    }
}
