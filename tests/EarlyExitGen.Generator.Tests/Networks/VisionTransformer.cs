using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Networks;

/// <summary>A small vision transformer: patches, a class token, learned positions, and blocks that scale what they add.</summary>
[EarlyExitNetwork(Classes = 5, Input = [3, 8, 12])]
public sealed partial class VisionTransformer : EarlyExitModule
{
    private const int Features = 32;
    private const int Patches = 6;

    private readonly Conv2d patch = Conv2d(3, Features, 4, stride: 4);
    private readonly Parameter token = Parameter(randn(1, 1, Features) * 0.02);
    private readonly LayerNorm norm = LayerNorm(Features);

    public Parameter Positions { get; private set; } = new(zeros(1, Patches + 1, Features).normal_(0, 0.5));

    [Stage]
    private Tensor Embed(Tensor x)
    {
        x = patch.call(x).flatten(2).transpose(1, 2);
        return cat([token.expand(x.shape[0], -1, -1), x], dim: 1) + Positions;
    }

    [Stage]
    private readonly ScaledBlock lower = new(Features, heads: 2);

    [Exit(Criterion.Confidence, 0.8)]
    private readonly TokenHead early = new(Features, 5);

    [Stage]
    private readonly ScaledBlock upper = new(Features, heads: 4);

    [Exit]
    private Tensor Final(Tensor x) => final.call(norm.call(x)[.., 0]);

    private readonly Linear final = Linear(Features, 5);
}

/// <summary>Self-attention and a feed-forward network, each times a learned scale and around a shortcut.</summary>
public sealed class ScaledBlock : Module<Tensor, Tensor>
{
    private readonly LayerNorm attentionNorm;
    private readonly Linear project;
    private readonly Linear merge;
    private readonly Parameter attentionScale;
    private readonly LayerNorm feedForwardNorm;
    private readonly Sequential feedForward;
    private readonly Parameter feedForwardScale;
    private readonly int heads;

    public ScaledBlock(int features, int heads)
        : base(nameof(ScaledBlock))
    {
        this.heads = heads;
        attentionNorm = LayerNorm(features);
        project = Linear(features, 3 * features);
        merge = Linear(features, features);
        attentionScale = Parameter(full(features, 0.1f));
        feedForwardNorm = LayerNorm(features);
        feedForward = Sequential(Linear(features, 2 * features), GELU(), Linear(2 * features, features));
        feedForwardScale = Parameter(ones(features));
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        Tensor x = input + Attend(attentionNorm.call(input)) * attentionScale;
        return x + feedForwardScale * feedForward.call(feedForwardNorm.call(x));
    }

    private Tensor Attend(Tensor x)
    {
        (long rows, long length, long features) = (x.shape[0], x.shape[1], x.size(2));
        Tensor[] parts = project.call(x).view(rows, length, 3 * heads, features / heads).transpose(1, 2).chunk(3, dim: 1);
        Tensor attended = functional.scaled_dot_product_attention(parts[0], parts[1], parts[2]);
        return merge.call(attended.transpose(1, 2).reshape(rows, length, features));
    }
}

/// <summary>The class token, sharpened by a learned temperature, classified.</summary>
public sealed class TokenHead : Module<Tensor, Tensor>
{
    private readonly Linear classifier;
    private readonly Parameter temperature = Parameter(ones(1));

    public TokenHead(int features, int classes)
        : base(nameof(TokenHead))
    {
        classifier = Linear(features, classes);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => classifier.call(x.select(1, 0)) / temperature;
}
