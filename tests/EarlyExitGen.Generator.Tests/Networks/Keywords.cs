using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace @event.größe;

/// <summary>Identifiers that C# allows and a careless generator trips over.</summary>
[EarlyExitNetwork(Classes = 3, Input = [4])]
public sealed partial class @class : EarlyExitModule
{
    [Stage]
    private readonly Sequential @this = Sequential(Linear(4, 6), ReLU());

    [Exit(Criterion.Entropy, 0.5)]
    private readonly Sequential features = Sequential(Linear(6, 3));

    [Stage]
    private readonly Sequential network = Sequential(Linear(6, 6), ReLU());

    [Exit(Criterion.Confidence, 0.5)]
    private readonly Linear head = Linear(6, 3);

    [Stage]
    private readonly Linear größer = Linear(6, 6);

    [Exit]
    private readonly Linear @default = Linear(6, 3);
}
