using System.ComponentModel;
using EarlyExitGen.Cpu.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen.CpuRuntime;

/// <summary>Copies a module's present weights into what CPU pipelines are made of. For generated code; needs libtorch.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class ModuleSnapshot
{
    /// <summary>Every floating-point parameter and buffer as float32, whatever the device.</summary>
    public static SafetensorsFile Of(EarlyExitModule network)
    {
        ArgumentNullException.ThrowIfNull(network);
        using DisposeScope scope = NewDisposeScope();
        List<WeightsEntry> entries = [];
        foreach ((string name, Tensor tensor) in network.state_dict())
        {
            if (!tensor.is_floating_point()) continue;
            Tensor values = tensor.detach().to(ScalarType.Float32).cpu().contiguous();
            entries.Add(WeightsEntry.Create(name, tensor.shape, values.data<float>().ToArray()));
        }

        return SafetensorsFile.Create(entries);
    }
}
