using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace EarlyExitGen.Tests.Networks;

/// <summary>A network with a stage that stays an ordinary call: the compiler knows no cumulative sum.</summary>
[EarlyExitNetwork(Classes = 10, Input = [1, 28, 28])]
public sealed partial class CallingNet : EarlyExitModule
{
    [Stage]
    private readonly Sequential stem = Sequential(Flatten(), Linear(28 * 28, 16), ReLU());

    [Exit(Criterion.Entropy, 0.3)]
    private readonly Linear easy = Linear(16, 10);

    [Stage]
    private Tensor Accumulate(Tensor features) => features.cumsum(1);

    [Exit]
    private readonly Linear final = Linear(16, 10);
}
