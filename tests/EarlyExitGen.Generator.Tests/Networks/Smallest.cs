using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Networks;

/// <summary>One stage, one exit.</summary>
[EarlyExitNetwork(Classes = 2, Input = [3])]
public sealed partial class Smallest : EarlyExitModule
{
    [Stage]
    private readonly Linear hidden = Linear(3, 4);

    [Exit]
    private readonly Linear final = Linear(4, 2);
}
