using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace EarlyExitGen.Lab.Tests.Evaluation;

/// <summary>A network small enough to train within a test: which quadrant of an 8×8 image is bright?</summary>
[EarlyExitNetwork(Classes = 4, Input = [1, 8, 8])]
internal sealed partial class QuadrantNet : EarlyExitModule
{
    [Stage] private readonly Sequential stem = Sequential(Conv2d(1, 4, 3, padding: 1), ReLU(), MaxPool2d(2));

    [Exit(Criterion.Confidence, 0.8)] private readonly Sequential easy = Sequential(Flatten(), Linear(4 * 4 * 4, 4));

    [Stage] private readonly Sequential body = Sequential(Conv2d(4, 8, 3, padding: 1), ReLU());

    [Exit(Criterion.Entropy, 0.5)] private readonly Sequential middle = Sequential(Flatten(), Linear(8 * 4 * 4, 4));

    [Stage] private readonly Sequential deep = Sequential(Conv2d(8, 8, 3, padding: 1), ReLU());

    [Exit] private readonly Sequential final = Sequential(Flatten(), Linear(8 * 4 * 4, 4));
}

internal static class ToyImages
{
    /// <summary>The one trained network of the tests that run one after the other.</summary>
    public static Lazy<QuadrantNet> Trained { get; } = new(() => Train(steps: 60));

    /// <summary>[N, 1, 8, 8] of noise with one bright quadrant, and which one.</summary>
    public static (Tensor Images, Tensor Labels) Make(int count, ulong seed)
    {
        using Generator generator = new(seed, CPU);
        Tensor labels = randint(0, 4, [count], ScalarType.Int64, CPU, generator: generator);
        Tensor images = randn([count, 1, 8, 8], generator: generator) * 0.6f;
        Tensor rows = arange(8).div(4, RoundingMode.floor).to(ScalarType.Int64);
        Tensor quadrant = (rows.unsqueeze(1) * 2) + rows.unsqueeze(0);
        Tensor bright = quadrant.unsqueeze(0).eq(labels.reshape(-1, 1, 1)).to(ScalarType.Float32);
        return (images + bright.unsqueeze(1), labels);
    }

    private static QuadrantNet Train(int steps)
    {
        random.manual_seed(1);
        QuadrantNet net = new();
        using optim.Optimizer optimizer = optim.Adam(net.parameters(), 1e-2);
        for (int step = 0; step < steps; step++)
        {
            using DisposeScope scope = NewDisposeScope();
            (Tensor images, Tensor labels) = Make(64, (ulong)step);
            Tensor loss = zeros([]);
            foreach (Tensor logits in net.ForwardAll(images)) loss += functional.cross_entropy(logits, labels);
            optimizer.zero_grad();
            loss.backward();
            optimizer.step();
        }

        net.eval();
        return net;
    }
}
