using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace EarlyExitGen.Benchmarks.Networks;

/// <summary>A perceptron on 57 numbers, as the spam data set has them.</summary>
[EarlyExitNetwork(Classes = 2, Input = [57])]
public sealed partial class TabularMlp : EarlyExitModule
{
    [Stage] private readonly Sequential first = Sequential(Linear(57, 128), ReLU());

    [Exit(Criterion.Confidence, 0.95)] private readonly Linear early = Linear(128, 2);

    [Stage] private readonly Sequential second = Sequential(Linear(128, 128), ReLU(), Linear(128, 128), ReLU());

    [Exit] private readonly Linear final = Linear(128, 2);
}
