using static TorchSharp.torch;

namespace EarlyExitGen.TorchRuntime;

/// <content>
/// The element type in which the layers compute. Weights are cast last: what is folded is folded before. A batch normalisation that is not
/// folded keeps its statistics and weights in float32, as automatic mixed precision has them: a variance may be beyond float16.
/// </content>
public sealed partial class FrozenWeights
{
    private readonly bool halvesAnywhere;

    /// <summary>The element type of the weights, and of what goes from layer to layer.</summary>
    internal ScalarType Precision { get; }

    /// <summary>Whether it is another than that of the module and of the caller's tensors.</summary>
    internal bool IsHalf => Precision != ScalarType.Float32;

    /// <summary>Whether layers have other ways than the ordinary one: those are for float32 on the CPU.</summary>
    private bool HasWays => !IsHalf && Device.type == TorchSharp.DeviceType.CPU && EarlyExitTorchPipeline.FallbackReason is null;

    /// <summary>The module's present weights, to compute in the same precision.</summary>
    internal FrozenWeights Renew(EarlyExitModule module) => new(module, Precision, halvesAnywhere);

    private void RequirePrecision()
    {
        if (Precision is not (ScalarType.Float32 or ScalarType.BFloat16 or ScalarType.Float16))
        {
            throw new ArgumentOutOfRangeException(
                "precision", Precision, $"{network}: a pipeline computes in Float32, BFloat16 or Float16, not in {Precision}.");
        }

        if (IsHalf && Device.type != TorchSharp.DeviceType.CUDA && !halvesAnywhere)
        {
            throw new InvalidOperationException($"{network}: bfloat16 and float16 are for CUDA: the module is on {Device}.");
        }
    }

    private nint CopyInFull(string name) => Find(name) is { } tensor ? Own(tensor, ScalarType.Float32) : 0;
}
