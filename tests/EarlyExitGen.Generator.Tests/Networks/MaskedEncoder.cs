using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Networks;

/// <summary>A Transformer encoder whose inputs have different lengths: a mask, 1 for a token and 0 for padding, goes to every layer.</summary>
[EarlyExitNetwork(Classes = 3, Input = [12], InputType = ScalarType.Int64)]
[ExtraInput("mask", 12)]
public sealed partial class MaskedEncoder : EarlyExitModule
{
    private const int Features = 16;

    private readonly Embedding embedding = Embedding(50, Features);
    private readonly MaskedLayer first = new(Features, heads: 2);
    private readonly Linear scores = Linear(Features, 1);
    private readonly MaskedLayer second = new(Features, heads: 4);
    private readonly Linear easyClassifier = Linear(Features, 3);
    private readonly Linear finalClassifier = Linear(Features, 3);

    [Stage]
    private Tensor Embed(Tensor tokens) => embedding.call(tokens);

    [Stage]
    private Tensor First(Tensor x, Tensor mask) => first.call(x, mask);

    [Exit(Criterion.Entropy, 0.3)]
    private Tensor Easy(Tensor x, Tensor mask) =>
        easyClassifier.call((x * mask.unsqueeze(-1)).sum([1]) / mask.sum([1], keepdim: true));

    [Stage]
    private Tensor Second(Tensor x, Tensor mask) => second.call(x, mask);

    // Attention pooling, by hand.
    [Exit]
    private Tensor Final(Tensor x, Tensor mask)
    {
        Tensor weights = functional.softmax(scores.call(x).squeeze(-1).masked_fill(mask == 0, -1e9), 1);
        return finalClassifier.call(weights.unsqueeze(1).matmul(x).squeeze(1));
    }
}

/// <summary>Self-attention that looks at tokens only, and a feed-forward network, each around a shortcut.</summary>
public sealed class MaskedLayer : Module<Tensor, Tensor, Tensor>
{
    private readonly int heads;
    private readonly LayerNorm attentionNorm;
    private readonly Linear project;
    private readonly Linear merge;
    private readonly LayerNorm feedForwardNorm;
    private readonly Sequential feedForward;

    public MaskedLayer(int features, int heads)
        : base(nameof(MaskedLayer))
    {
        this.heads = heads;
        attentionNorm = LayerNorm(features);
        project = Linear(features, 3 * features);
        merge = Linear(features, features);
        feedForwardNorm = LayerNorm(features);
        feedForward = Sequential(Linear(features, 2 * features), GELU(), Linear(2 * features, features));
        RegisterComponents();
    }

    public override Tensor forward(Tensor input, Tensor mask)
    {
        Tensor bias = ((1 - mask) * -1e4).unsqueeze(1).unsqueeze(1);
        Tensor x = input + Attend(attentionNorm.call(input), bias);
        return x + feedForward.call(feedForwardNorm.call(x));
    }

    private Tensor Attend(Tensor x, Tensor bias)
    {
        (long rows, long length, long features) = (x.shape[0], x.shape[1], x.shape[2]);
        Tensor[] parts = project.call(x).chunk(3, dim: -1);
        Tensor attended = functional.scaled_dot_product_attention(Split(parts[0]), Split(parts[1]), Split(parts[2]), bias);
        return merge.call(attended.transpose(1, 2).reshape(rows, length, features));

        Tensor Split(Tensor part) => part.view(rows, length, heads, features / heads).transpose(1, 2);
    }
}
