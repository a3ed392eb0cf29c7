using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace EarlyExitGen.Tests.Networks;

/// <summary>Tokens with parameters and buffers as values: in the network, in a property, in a block.</summary>
[EarlyExitNetwork(Classes = 3, Input = [5, 8])]
public sealed partial class TokenNet : EarlyExitModule
{
    private readonly Parameter token = Parameter(randn(1, 1, 8));
    private readonly Tensor mean = full([8], 0.1f);
    private readonly Linear early = Linear(8, 3);
    private readonly Linear final = Linear(8, 3);

    public Parameter Positions { get; private set; } = new(randn(1, 6, 8));

    [Stage]
    private Tensor Embed(Tensor x) => cat([token.expand(x.shape[0], -1, -1), x - mean], 1) + Positions;

    [Exit(Criterion.Confidence, 0.5)]
    private Tensor Early(Tensor x) => early.call(x[.., 1] - x[.., 0]);

    [Stage]
    private readonly Gated gated = new();

    [Exit]
    private Tensor Final(Tensor x) => final.call(x.mean([1]));

    /// <summary>A residual whose every feature has a gate.</summary>
    public sealed class Gated : Module<Tensor, Tensor>
    {
        private readonly Linear linear = Linear(8, 8);
        private readonly Parameter gate = Parameter(randn(8));

        public Gated()
            : base(nameof(Gated)) => RegisterComponents();

        public override Tensor forward(Tensor x) => x + functional.tanh(linear.call(x)) * gate.sigmoid();
    }
}
