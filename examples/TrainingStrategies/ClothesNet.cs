using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace TrainingStrategies;

/// <summary>
/// The network that every strategy trains: small enough for a few minutes on two cores, and with exits that compete. What helps the
/// first exit, features that tell classes apart right away, is not what the later stages would like to start from.
/// </summary>
[EarlyExitNetwork(Classes = 10, Input = [1, 28, 28])]
public sealed partial class ClothesNet : EarlyExitModule
{
    [Stage]
    private readonly Sequential edges = Sequential(
        Conv2d(1, 8, 3, stride: 2, padding: 1, bias: false), BatchNorm2d(8), ReLU());

    [Exit(Criterion.Confidence, 0.9)]
    private readonly Sequential first = Sequential(AdaptiveAvgPool2d(4), Flatten(), Linear(8 * 4 * 4, 10));

    [Stage]
    private readonly Sequential parts = Sequential(
        Conv2d(8, 16, 3, padding: 1, bias: false), BatchNorm2d(16), ReLU(), MaxPool2d(2));

    [Exit(Criterion.Confidence, 0.9)]
    private readonly Sequential second = Sequential(AdaptiveAvgPool2d(4), Flatten(), Linear(16 * 4 * 4, 10));

    [Stage]
    private readonly Sequential shapes = Sequential(
        Conv2d(16, 32, 3, padding: 1, bias: false), BatchNorm2d(32), ReLU(),
        Conv2d(32, 32, 3, padding: 1, bias: false), BatchNorm2d(32), ReLU(), MaxPool2d(2));

    [Exit]
    private readonly Sequential last = Sequential(Flatten(), Linear(32 * 3 * 3, 10));

    /// <summary>A network whose first weights are the seed's.</summary>
    public static ClothesNet Seeded(long seed)
    {
        torch.random.manual_seed(seed);
        return new ClothesNet();
    }
}
