using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace EarlyExitGen.Benchmarks.Networks;

/// <summary>B-LeNet of Teerapittayanon, McDanel and Kung, "BranchyNet", 2016, as its released code has it.</summary>
[EarlyExitNetwork(Classes = 10, Input = [1, 28, 28])]
public sealed partial class BLeNet : EarlyExitModule
{
    [Stage] private readonly Sequential stem = Sequential(Conv2d(1, 5, 5, padding: 3));

    [Exit(Criterion.Entropy, 0.025)]
    private readonly Sequential branch = Sequential(
        MaxPool2d(2, ceil_mode: true), ReLU(),
        Conv2d(5, 10, 3, padding: 1), MaxPool2d(2, ceil_mode: true), ReLU(),
        Flatten(), Linear(640, 10));

    [Stage]
    private readonly Sequential trunk = Sequential(
        MaxPool2d(2, ceil_mode: true), ReLU(),
        Conv2d(5, 10, 5, padding: 3), MaxPool2d(2, ceil_mode: true), ReLU(),
        Conv2d(10, 20, 5, padding: 3), MaxPool2d(2, ceil_mode: true), ReLU(),
        Flatten(), Linear(720, 84), ReLU());

    [Exit] private readonly Linear final = Linear(84, 10);
}
