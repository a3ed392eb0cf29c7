using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace EarlyExitGen.Tests.Networks;

/// <summary>A network whose first stage gives another number of rows than it got, while its head answers as many as there are inputs.</summary>
[EarlyExitNetwork(Classes = 3, Input = [64])]
public sealed partial class RowChanger : EarlyExitModule
{
    private readonly Linear early = Linear(64, 3);

    private Tensor? seen;

    public int GivenRows { get; set; }

    [Stage]
    private Tensor Change(Tensor features)
    {
        seen?.Dispose();
        seen = features.alias().DetachFromDisposeScope();
        return features.repeat(3, 1).narrow(0, 0, GivenRows);
    }

    [Exit(Criterion.Confidence, 0.5)]
    private Tensor Early(Tensor features) => early.call(seen! + (features.sum() * 0));

    [Stage]
    private Tensor Pass(Tensor features) => features.cumsum(1);

    [Exit]
    private readonly Linear final = Linear(64, 3);

    protected override void Dispose(bool disposing)
    {
        if (disposing) seen?.Dispose();
        base.Dispose(disposing);
    }
}
