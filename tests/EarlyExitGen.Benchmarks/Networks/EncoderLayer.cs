using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace EarlyExitGen.Benchmarks.Networks;

/// <summary>
/// Self-attention and a feed-forward network, each after a normalisation and around a shortcut. Vaswani et al., 2017; the order as in
/// Xiong et al., "On Layer Normalization in the Transformer Architecture", 2020.
/// </summary>
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
        feedForward = Sequential(Linear(features, 4 * features), ReLU(), Linear(4 * features, features));
        RegisterComponents();
    }

    public int Heads { get; }

    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = input + Attend(attentionNorm.call(input));
        return (x + feedForward.call(feedForwardNorm.call(x))).MoveToOuterDisposeScope();
    }

    private Tensor Attend(Tensor x)
    {
        (long rows, long length, long features) = (x.shape[0], x.shape[1], x.shape[2]);
        Tensor[] parts = project.call(x).chunk(3, dim: -1);
        Tensor query = parts[0].view(rows, length, Heads, features / Heads).transpose(1, 2);
        Tensor key = parts[1].view(rows, length, Heads, features / Heads).transpose(1, 2);
        Tensor value = parts[2].view(rows, length, Heads, features / Heads).transpose(1, 2);
        Tensor attended = functional.scaled_dot_product_attention(query, key, value);
        return merge.call(attended.transpose(1, 2).reshape(rows, length, features));
    }
}
