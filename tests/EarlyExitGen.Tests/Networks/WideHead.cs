using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace EarlyExitGen.Tests.Networks;

/// <summary>A linear layer whose outputs fill vectors, and one whose outputs don't.</summary>
[EarlyExitNetwork(Classes = 3, Input = [20])]
public sealed partial class WideHead : EarlyExitModule
{
    [Stage] private readonly Sequential stem = Sequential(Linear(20, 32), ReLU());

    [Exit] private readonly Linear final = Linear(32, 3);
}
