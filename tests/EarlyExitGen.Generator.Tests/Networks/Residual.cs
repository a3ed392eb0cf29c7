using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Networks;

/// <summary>A small ResNet: blocks of the author's own with a conditional shortcut, a factory of heads, and stages that are methods.</summary>
[EarlyExitNetwork(Classes = 5, Input = [3, 16, 16])]
public sealed partial class Residual : EarlyExitModule
{
    private const int Width = 8;

    private readonly Conv2d squeeze = Conv2d(2 * Width, Width, 1, bias: false);
    private readonly BatchNorm2d norm = BatchNorm2d(Width);

    [Stage]
    private readonly Sequential stem = Sequential(Conv2d(3, Width, 3, padding: 1, bias: false), BatchNorm2d(Width), ReLU(inplace: true));

    [Stage]
    private readonly BasicBlock same = new(Width, Width);

    [Exit(Criterion.Entropy, 0.4)]
    private readonly Sequential early = Head(Width);

    [Stage]
    private readonly Sequential deeper = Sequential(
        ("first", new BasicBlock(Width, 2 * Width, stride: 2)),
        ("second", new BasicBlock(2 * Width, 2 * Width)));

    [Stage]
    private Tensor Mix(Tensor x)
    {
        Tensor narrow = norm.call(squeeze.call(x));
        Tensor gate = functional.adaptive_avg_pool2d(x, 1).sigmoid();
        using Tensor gated = x * gate + 0.5;
        return cat([narrow, functional.relu(gated), 1 - narrow], dim: 1);
    }

    [Exit]
    private Tensor Classify(Tensor features) => classifier.call(features.mean([2, 3]));

    private readonly Linear classifier = Linear(4 * Width, 5);

    private static Sequential Head(int channels) => Sequential(
        ("pool", AdaptiveAvgPool2d(1)), ("flatten", Flatten()), ("logits", Linear(channels, 5)));

    /// <summary>Two convolutions around which the input goes unchanged, or through a convolution of its own where the shape changes.</summary>
    private sealed class BasicBlock : Module<Tensor, Tensor>
    {
        private readonly Conv2d conv1;
        private readonly BatchNorm2d bn1;
        private readonly Conv2d conv2;
        private readonly BatchNorm2d bn2;
        private readonly Module<Tensor, Tensor>? shortcut;
        private readonly ReLU relu = ReLU(inplace: true);

        public BasicBlock(int inChannels, int outChannels, int stride = 1)
            : base(nameof(BasicBlock))
        {
            conv1 = Conv2d(inChannels, outChannels, 3, stride: stride, padding: 1, bias: false);
            bn1 = BatchNorm2d(outChannels);
            conv2 = Conv2d(outChannels, outChannels, 3, padding: 1, bias: false);
            bn2 = BatchNorm2d(outChannels);
            if (stride != 1 || inChannels != outChannels)
            {
                shortcut = Sequential(Conv2d(inChannels, outChannels, 1, stride: stride, bias: false), BatchNorm2d(outChannels));
            }

            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor x = relu.call(bn1.call(conv1.call(input)));
            x = bn2.call(conv2.call(x));
            Tensor around = shortcut is null ? input : shortcut.call(input);
            return relu.call(x + around).MoveToOuterDisposeScope();
        }
    }
}
