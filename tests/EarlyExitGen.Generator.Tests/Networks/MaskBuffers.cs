using System;
using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Networks;

/// <summary>Buffers as masks, however they are made and registered: of Bool and added to scores, of every shape that lines up.</summary>
[EarlyExitNetwork(Classes = 3, Input = [6, 8])]
[ExtraInput("known", 6, Type = ScalarType.Bool)]
public sealed partial class MaskBuffers : EarlyExitModule
{
    private readonly Tensor causal = ones(6, 6, dtype: ScalarType.Bool).tril();
    private readonly Tensor later = triu(full(6, 6, double.NegativeInfinity), 1);
    private readonly Tensor near = (arange(6).unsqueeze(0) - arange(6).unsqueeze(1)).abs() <= 2;
    private readonly Tensor hidden = arange(8).remainder(3) == 0;
    private readonly Tensor written = arange(1, 7).mul(5).remainder(7).unsqueeze(1) < 3;
    private readonly Tensor even;
    private readonly Linear project = Linear(8, 24);
    private readonly Linear early = Linear(8, 3);
    private readonly Linear final = Linear(8, 3);
    private readonly LocalAttention local = new(6);

    public MaskBuffers()
    {
        even = zeros(1, 2, 1, 6).to(ScalarType.Bool).logical_not();
        even[.., 1, .., 1] = zeros(1, dtype: ScalarType.Bool);
        RegisterComponents();
    }

    [Stage]
    private Tensor Heads(Tensor x, Tensor known)
    {
        Tensor all = project.call(x).view(x.shape[0], 6, 3, 2, 4);
        (Tensor q, Tensor k, Tensor v) = (Head(all, 0), Head(all, 1), Head(all, 2));
        Tensor y = functional.scaled_dot_product_attention(q, k, v, causal)
            + functional.scaled_dot_product_attention(q, k, v, attn_mask: later)
            + functional.scaled_dot_product_attention(q, k, v, near & known.unsqueeze(1).unsqueeze(2) | causal)
            + functional.scaled_dot_product_attention(q, k, v, even);
        return x + y.transpose(1, 2).reshape(x.shape[0], 6, 8) * 0.25;
    }

    private static Tensor Head(Tensor all, int index) => all[.., .., index].transpose(1, 2);

    [Exit(Criterion.Entropy, 0.4)]
    private Tensor Early(Tensor x)
    {
        Tensor y = x * 2;
        y.masked_fill_(hidden, 0.5);
        return early.call(y.masked_fill(~written, -0.5).mean([1]));
    }

    [Stage]
    private Tensor Local(Tensor x) => local.call(x);

    [Exit]
    private Tensor Final(Tensor x, Tensor known)
    {
        Tensor kept = where(known.unsqueeze(-1) | hidden, x, -x) * near.to(ScalarType.Float32)[0].unsqueeze(-1);
        return final.call(kept.sum([1]));
    }

    /// <summary>Attention by hand, with a mask under another name than its field's.</summary>
    private sealed class LocalAttention : Module<Tensor, Tensor>
    {
        private readonly Linear query = Linear(8, 8);
        private readonly Tensor window;

        public LocalAttention(int length)
            : base(nameof(LocalAttention))
        {
            Tensor place = arange(length, dtype: ScalarType.Float32);
            window = (place.unsqueeze(0) - place.unsqueeze(1)).abs() > 1.5;
            register_buffer("outside", window);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            Tensor scores = query.call(input).matmul(input.transpose(1, 2)) / Math.Sqrt(8);
            return scores.masked_fill(window, double.NegativeInfinity).softmax(-1).matmul(input);
        }
    }
}
