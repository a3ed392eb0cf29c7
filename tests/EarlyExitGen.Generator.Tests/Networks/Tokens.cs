using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Networks;

/// <summary>Token ids instead of pixels.</summary>
[EarlyExitNetwork(Classes = 3, Input = [8], InputType = ScalarType.Int64)]
public sealed partial class Tokens : EarlyExitModule
{
    [Stage]
    private readonly Sequential embed = Sequential(Embedding(50, 6), Flatten());

    [Exit(Criterion.Entropy, 0.4)]
    private readonly Linear early = Linear(48, 3);

    [Stage]
    private readonly Sequential body = Sequential(Linear(48, 10), GELU());

    [Exit]
    private readonly Linear final = Linear(10, 3);
}
