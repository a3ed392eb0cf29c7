using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace EarlyExitGen.Lab.Tests.Training;

/// <summary>Three exits over normalised and dropped-out features: everything that a training run has to keep straight.</summary>
[EarlyExitNetwork(Classes = 3, Input = [6])]
public sealed partial class SmallNet : EarlyExitModule
{
    public const int Inputs = 6;
    public const int Classes = 3;

    private readonly Linear deep = Linear(12, 12);

    [Stage]
    private readonly Sequential stem = Sequential(Linear(Inputs, 12), BatchNorm1d(12), ReLU());

    [Exit(Criterion.Confidence, 0.9)]
    private readonly Sequential early = Sequential(Dropout(0.2), Linear(12, Classes));

    [Stage]
    private readonly Sequential body = Sequential(Linear(12, 12), BatchNorm1d(12), ReLU(), Dropout(0.2));

    [Exit(Criterion.Entropy, 0.3)]
    private readonly Linear middle = Linear(12, Classes);

    [Stage]
    private Tensor Deepen(Tensor features) => functional.relu(deep.call(features)) + features;

    [Exit]
    private readonly Linear last = Linear(12, Classes);

    public static SmallNet Seeded(long seed)
    {
        random.manual_seed(seed);
        return new SmallNet();
    }

    /// <summary>Three overlapping clouds of points, the same for the same seed.</summary>
    public static (Tensor Inputs, Tensor Labels) Points(int rows, long seed)
    {
        random.manual_seed(seed);
        Tensor labels = randint(0, Classes, rows, ScalarType.Int64);
        Tensor centres = functional.one_hot(labels, Inputs).to(ScalarType.Float32) * 2;
        return (centres + randn(rows, Inputs), labels);
    }
}
