using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace EarlyExitGen.Tests.Networks;

/// <summary>
/// Attention under masks that are buffers, choices between tensors, and parameters in a dictionary. What is compared may be rounded: both
/// answers are the same there.
/// </summary>
[EarlyExitNetwork(Classes = 3, Input = [6, 8])]
public sealed partial class CausalNet : EarlyExitModule
{
    private readonly Tensor causal = ones(6, 6, dtype: ScalarType.Bool).tril();
    private readonly Tensor distance = (arange(6).unsqueeze(0) - arange(6).unsqueeze(1)).abs().to(ScalarType.Float32) * -0.5;
    private readonly ParameterDict scales = ParameterDict(("inner", Parameter(rand(8))), ("outer", Parameter(rand(6, 1) + 0.5)));
    private readonly Linear query = Linear(8, 8);
    private readonly Linear early = Linear(8, 3);
    private readonly Linear final = Linear(8, 3);

    [Stage]
    private Tensor Attend(Tensor x)
    {
        Tensor q = query.call(x).view(x.shape[0], 6, 2, 4).transpose(1, 2);
        Tensor y = functional.scaled_dot_product_attention(q, q, q, causal) - functional.scaled_dot_product_attention(q, q, q, distance);
        return x + y.transpose(1, 2).reshape(x.shape[0], 6, 8);
    }

    [Exit(Criterion.Confidence, 0.5)]
    private Tensor Early(Tensor x) => early.call(where(x > 0, x, x * scales["inner"]).mean([1]));

    [Stage]
    private Tensor Hide(Tensor x) => x.masked_fill(~causal[1].unsqueeze(1), 0.5) - 1 / (1 + x.abs());

    [Exit]
    private Tensor Final(Tensor x)
    {
        Tensor y = x * scales["outer"];
        y.masked_fill_(y.ge(1) & causal[0, ..1], 1);
        return final.call(torch.where(y <= -0.5, full_like(y, -0.5), y).mean([1]));
    }
}
