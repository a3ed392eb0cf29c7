using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Networks;

/// <summary>A Transformer encoder over token ids: attention written with views, layers in a list, an exit after each half.</summary>
[EarlyExitNetwork(Classes = 3, Input = [12], InputType = ScalarType.Int64)]
public sealed partial class Transformer : EarlyExitModule
{
    private const int Features = 16;

    [Stage]
    private readonly Embedding embedding = Embedding(50, Features);

    private readonly ModuleList<EncoderLayer> layers = ModuleList(
        new EncoderLayer(Features, heads: 2), new EncoderLayer(Features, heads: 2), new EncoderLayer(Features, heads: 4));

    [Stage]
    private Tensor Lower(Tensor x)
    {
        for (int index = 0; index < 2; index++) x = layers[index].call(x);
        return x;
    }

    [Exit(Criterion.Confidence, 0.8)]
    private readonly Pooler early = new(Features, 3);

    [Stage]
    private Tensor Upper(Tensor x)
    {
        foreach (EncoderLayer layer in layers)
        {
            if (layer.Heads == 4) x = layer.call(x);
        }

        return x;
    }

    [Exit]
    private readonly Pooler final = new(Features, 3);
}

/// <summary>Self-attention and a feed-forward network, each after a normalisation and around a shortcut.</summary>
public sealed class EncoderLayer : Module<Tensor, Tensor>
{
    private readonly LayerNorm attentionNorm;
    private readonly Linear project;
    private readonly Linear merge;
    private readonly LayerNorm feedForwardNorm;
    private readonly Sequential feedForward;

    public EncoderLayer(int features, int heads)
        : base(nameof(EncoderLayer))
    {
        Heads = heads;
        attentionNorm = LayerNorm(features);
        project = Linear(features, 3 * features);
        merge = Linear(features, features);
        feedForwardNorm = LayerNorm(features);
        feedForward = Sequential(Linear(features, 4 * features), GELU(), Dropout(0.1), Linear(4 * features, features));
        RegisterComponents();
    }

    public int Heads { get; }

    public override Tensor forward(Tensor input)
    {
        Tensor x = input + Attend(attentionNorm.call(input));
        return x + feedForward.call(feedForwardNorm.call(x));
    }

    private Tensor Attend(Tensor x)
    {
        (long rows, long length, long features) = (x.shape[0], x.shape[1], x.size(2));
        Tensor[] parts = project.call(x).chunk(3, dim: -1);
        Tensor query = Split(parts[0]);
        Tensor key = Split(parts[1]);
        Tensor value = Split(parts[2]);
        Tensor attended = functional.scaled_dot_product_attention(query, key, value);
        return merge.call(attended.transpose(1, 2).reshape(rows, length, features));

        // By hand, as many write it.
        Tensor Split(Tensor part) => part.view(rows, length, Heads, features / Heads).transpose(1, 2);
    }
}

/// <summary>The mean of all tokens, classified.</summary>
public sealed class Pooler : Module<Tensor, Tensor>
{
    private readonly Linear classifier;

    public Pooler(int features, int classes)
        : base(nameof(Pooler))
    {
        classifier = Linear(features, classes);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => classifier.call(x.mean([1]));
}
