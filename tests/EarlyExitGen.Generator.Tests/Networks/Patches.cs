using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Networks;

/// <summary>A picture as a sequence of patches, attention by hand, and a squeeze-and-excitation on the way back to a picture.</summary>
[EarlyExitNetwork(Classes = 4, Input = [1, 8, 12])]
public sealed partial class Patches : EarlyExitModule
{
    private const int Features = 20;

    private readonly Conv2d patch = Conv2d(1, Features, 2, stride: 2);
    private readonly LayerNorm norm = LayerNorm(Features);
    private readonly Linear project = Linear(Features, 3 * Features);
    private readonly Linear merge = Linear(Features, Features);
    private readonly Sequential excite = Sequential(
        AdaptiveAvgPool2d(1), Flatten(), Linear(Features, 6), ReLU(), Linear(6, Features), Sigmoid());

    private readonly Linear early = Linear(2 * Features, 4);

    [Stage]
    private Tensor Embed(Tensor x) => patch.call(x).flatten(2).transpose(1, 2);

    [Exit(Criterion.Confidence, 0.8)]
    private Tensor FirstAndMean(Tensor x) =>
        functional.log_softmax(early.call(cat([x.select(1, 0), x.mean([1])], dim: 1)), 1);

    [Stage]
    private Tensor Attend(Tensor x)
    {
        Tensor[] parts = project.call(norm.call(x)).chunk(3, dim: -1);
        Tensor query = parts[0].view(x.shape[0], 24, 4, 5).transpose(1, 2);
        Tensor key = parts[1].view(x.shape[0], 24, 4, 5).permute(0, 2, 3, 1);
        Tensor value = parts[2].view(x.shape[0], 24, 4, 5).transpose(1, 2);
        Tensor weights = (query.matmul(key) / 2.25).softmax(-1);
        return x + merge.call(weights.matmul(value).transpose(1, 2).reshape(x.shape[0], 24, Features));
    }

    [Stage]
    private Tensor Excite(Tensor x)
    {
        Tensor map = x.transpose(1, 2).reshape(x.shape[0], Features, 4, 6);
        return map * excite.call(map).view(x.shape[0], Features, 1, 1) - 0.5;
    }

    [Exit]
    private readonly Sequential final = Sequential(Conv2d(Features, 8, 3), ReLU(), Flatten(), Linear(64, 4));
}
