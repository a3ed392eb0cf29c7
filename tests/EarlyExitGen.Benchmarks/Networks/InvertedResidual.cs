using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace EarlyExitGen.Benchmarks.Networks;

/// <summary>
/// A 1×1 convolution to more channels, a depthwise one and a 1×1 convolution back, around which the input goes where the shape is the same.
/// Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", 2018.
/// </summary>
public sealed class InvertedResidual : Module<Tensor, Tensor>
{
    private readonly Sequential? expand;
    private readonly Sequential depthwise;
    private readonly Sequential project;

    public InvertedResidual(int inChannels, int outChannels, int expansion, int stride = 1)
        : base(nameof(InvertedResidual))
    {
        int inner = inChannels * expansion;
        if (expansion != 1) expand = Sequential(Conv2d(inChannels, inner, 1, bias: false), BatchNorm2d(inner), ReLU6());
        depthwise = Sequential(
            Conv2d(inner, inner, 3, stride: stride, padding: 1, groups: inner, bias: false), BatchNorm2d(inner), ReLU6());
        project = Sequential(Conv2d(inner, outChannels, 1, bias: false), BatchNorm2d(outChannels));
        HasShortcut = stride == 1 && inChannels == outChannels;
        RegisterComponents();
    }

    public bool HasShortcut { get; }

    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = expand is null ? input : expand.call(input);
        x = project.call(depthwise.call(x));
        if (HasShortcut) x = x + input;
        return x.MoveToOuterDisposeScope();
    }
}
