using System.Runtime.InteropServices;
using EarlyExitGen;
using EarlyExitGen.Criteria;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace FashionMnist.Benchmark;

/// <summary>
/// What one would write without EarlyExitGen: the layers of <see cref="FashionNet"/> as TorchSharp modules and the exits as
/// <c>if</c>s. Written to be fast: no autograd, activations in place, intermediates released at once, and the criteria computed on
/// the logits' memory by the same vectorised code instead of by tensor operations.
/// </summary>
internal sealed class HandWrittenNet : Module<Tensor, Tensor>
{
    private readonly Sequential stem = Sequential(
        Conv2d(1, 8, 3, padding: 1, bias: false), BatchNorm2d(8), ReLU(inplace: true), MaxPool2d(2));

    private readonly Sequential easy = Sequential(AvgPool2d(2), Flatten(), Linear(8 * 7 * 7, 10));

    private readonly Sequential body = Sequential(
        Conv2d(8, 16, 3, padding: 1, bias: false), BatchNorm2d(16), ReLU(inplace: true), MaxPool2d(2));

    private readonly Sequential middle = Sequential(Flatten(), Linear(16 * 7 * 7, 10));

    private readonly Sequential deep = Sequential(
        Conv2d(16, 32, 3, padding: 1, bias: false), BatchNorm2d(32), ReLU(inplace: true),
        Conv2d(32, 32, 3, padding: 1, bias: false), BatchNorm2d(32), ReLU(inplace: true));

    private readonly Sequential final = Sequential(Flatten(), Dropout(0.2), Linear(32 * 7 * 7, 10));

    /// <summary>Makes the network in evaluation mode, with the weights of <paramref name="trained"/>.</summary>
    public HandWrittenNet(FashionNet trained)
        : base(nameof(HandWrittenNet))
    {
        RegisterComponents();
        load_state_dict(trained.state_dict());
        eval();
    }

    /// <summary>The largest entropy, in nats, at which the first exit answers.</summary>
    public float EasyThreshold { get; set; }

    /// <summary>The smallest margin at which the second exit answers.</summary>
    public float MiddleThreshold { get; set; }

    /// <summary>Classifies one image [1, 1, 28, 28] and writes the logits of the exit that answered.</summary>
    public ExitDecision Classify(Tensor image, Span<float> logits)
    {
        using IDisposable inference = inference_mode();
        using DisposeScope scope = NewDisposeScope();

        Tensor features = stem.call(image);
        Read(easy.call(features), logits);
        float entropy = Entropy.Score(logits);
        if (Entropy.ShouldExit(entropy, EasyThreshold)) return new ExitDecision(0, ArgMax.Of(logits), entropy);

        features = body.call(features);
        Read(middle.call(features), logits);
        float margin = Margin.Score(logits);
        if (Margin.ShouldExit(margin, MiddleThreshold)) return new ExitDecision(1, ArgMax.Of(logits), margin);

        features = deep.call(features);
        Read(final.call(features), logits);
        return new ExitDecision(2, ArgMax.Of(logits), Confidence.Score(logits));
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => final.call(deep.call(body.call(stem.call(input))));

    private static void Read(Tensor from, Span<float> to) => MemoryMarshal.Cast<byte, float>(from.bytes).CopyTo(to);
}
