using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Networks;

/// <summary>Functions of each element by itself: as methods and functions, in place, and of parameters and buffers.</summary>
[EarlyExitNetwork(Classes = 5, Input = [4, 6, 6])]
public sealed partial class Functions : EarlyExitModule
{
    private readonly Conv2d conv = Conv2d(4, 4, 3, padding: 1);
    private readonly Parameter logVariance = Parameter(randn(4, 1, 1));
    private readonly Parameter gain = Parameter(rand(4, 6, 6) + 0.5f);
    private readonly Tensor variance = rand(4).add(0.5);
    private readonly Linear early = Linear(4, 5);
    private readonly Linear final = Linear(4, 5);

    [Stage]
    private Tensor Scale(Tensor x) =>
        conv.call(x).clamp(0, 6) * logVariance.exp() + (x - 0.1) * (variance.view(1, -1, 1, 1) + 1e-5).rsqrt() + 2 / (0.5 + gain).reciprocal();

    [Exit(Criterion.Entropy, 0.9)]
    private Tensor Early(Tensor x)
    {
        Tensor norm = x.square().mean([2, 3]).clamp_min(1e-6).sqrt();
        return early.call(exp(-norm) + x.mean([2, 3]).abs().neg() + 0.5f / (1 + norm));
    }

    [Stage]
    private Tensor Shape(Tensor x)
    {
        Tensor y = clamp(x, max: 2) * 0.5;
        y.clamp_(-1.5, 0.75).exp_();
        y = y.clip(min: 0.25) + torch.abs(x).clamp_max(3.0f) * gain.abs().pow(2);
        return (pow(y, 2) + 0.5f).sqrt() - torch.sqrt(gain.clamp(0.1, 2).square());
    }

    [Exit]
    private Tensor Final(Tensor x)
    {
        Tensor scale = torch.rsqrt(x.pow(2).mean([1], keepdim: true) + 1e-3);
        scale.reciprocal_().add_(0.01).reciprocal_();
        return final.call((-(x * scale)).neg_().mean([2, 3]));
    }
}
