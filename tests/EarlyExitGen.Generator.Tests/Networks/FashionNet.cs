using EarlyExitGen;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Networks;

/// <summary>The network of the design: three exits, one stage that is a method.</summary>
[EarlyExitNetwork(Classes = 10, Input = [1, 28, 28])]
public sealed partial class FashionNet : EarlyExitModule
{
    [Stage]
    private readonly Sequential stem = Sequential(
        Conv2d(1, 16, 3, padding: 1), BatchNorm2d(16), ReLU(), MaxPool2d(2));

    [Exit(Criterion.Entropy, 0.3)]
    private readonly Sequential easy = Sequential(Flatten(), Linear(16 * 14 * 14, 10));

    [Stage]
    private readonly Sequential body = Sequential(
        Conv2d(16, 32, 3, padding: 1), BatchNorm2d(32), ReLU(), MaxPool2d(2));

    [Exit(Criterion.Margin, 0.6)]
    private readonly Sequential middle = Sequential(Flatten(), Linear(32 * 7 * 7, 10));

    private readonly Conv2d conv = Conv2d(32, 32, 3, padding: 1);
    private readonly BatchNorm2d bn = BatchNorm2d(32);

    [Stage]
    private Tensor Deep(Tensor x) => functional.relu(bn.call(conv.call(x)) + x);

    [Exit]
    private readonly Sequential final = Sequential(AdaptiveAvgPool2d(1), Flatten(), Linear(32, 10));
}
