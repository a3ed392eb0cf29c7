using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace EarlyExitGen.Tests.Networks;

/// <summary>A network so small that hundreds of thousands of calls take seconds.</summary>
[EarlyExitNetwork(Classes = 3, Input = [4])]
public sealed partial class Tiny : EarlyExitModule
{
    [Stage]
    private readonly Sequential hidden = Sequential(Linear(4, 6), ReLU());

    [Exit(Criterion.Confidence, 0.9)]
    private readonly Linear early = Linear(6, 3);

    [Stage]
    private readonly Sequential more = Sequential(Linear(6, 6), ReLU());

    [Exit]
    private readonly Linear final = Linear(6, 3);
}
