using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace EarlyExitGen.Tests.Networks;

/// <summary>A network whose second stage does what a test wants done in the middle of a call.</summary>
[EarlyExitNetwork(Classes = 3, Input = [64])]
public sealed partial class Interrupted : EarlyExitModule
{
    [Stage]
    private readonly Sequential stem = Sequential(Linear(64, 1024), ReLU());

    [Exit(Criterion.Confidence, 0.9)]
    private readonly Linear early = Linear(1024, 3);

    public Func<Tensor, Tensor> Meanwhile { get; set; } = features => features.cumsum(1);

    [Stage]
    private Tensor Opaque(Tensor features) => Meanwhile(features);

    [Exit]
    private readonly Linear final = Linear(1024, 3);
}
