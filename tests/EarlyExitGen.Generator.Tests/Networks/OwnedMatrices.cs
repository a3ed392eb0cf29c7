using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Networks;

/// <summary>Parameters and buffers as weights of linear layers, members of lists, and parts of stacks.</summary>
[EarlyExitNetwork(Classes = 3, Input = [6, 8])]
public sealed partial class OwnedMatrices : EarlyExitModule
{
    private readonly Parameter weight = Parameter(randn(16, 8) * 0.3);
    private readonly Parameter bias = Parameter(randn(16));
    private readonly Tensor fixedWeight = randn(8, 16).mul(0.2);
    private readonly ParameterList scales = ParameterList(Parameter(rand(8)), Parameter(randn(6, 1)));
    private readonly ParameterList heads;
    private readonly BatchNorm1d norm = BatchNorm1d(3);
    private readonly Projection projection = new();

    public OwnedMatrices()
    {
        heads = new ParameterList(Parameter(randn(3, 8)), Parameter(randn(3)));
        heads.append(Parameter(randn(3, 48) * 0.2));
        RegisterComponents();
    }

    [Stage]
    private Tensor Widen(Tensor x)
    {
        Tensor y = functional.relu(functional.linear(x * scales[0], weight, bias));
        return x + functional.linear(y, fixedWeight);
    }

    [Exit(Criterion.Entropy, 0.9)]
    private Tensor Early(Tensor x) => norm.call(functional.linear(x.mean([1]), heads[0], heads[1]));

    [Stage]
    private Tensor Stack(Tensor x)
    {
        foreach (Parameter scale in scales) x = x * scale.sigmoid();
        Tensor both = stack([x, -x, projection.call(x)], dim: -1).mean([3]);
        return stack([both, x.tanh()], 1).sigmoid()[.., 0] + stack([scales[0], scales[0] * 2])[1];
    }

    [Exit]
    private Tensor Final(Tensor x) => functional.linear(x.flatten(1), heads[heads.Count - 1] * 0.5, bias.narrow(0, 2, 3));

    /// <summary>The same matrix twice, with a bias that is a buffer.</summary>
    private sealed class Projection : Module<Tensor, Tensor>
    {
        private readonly Parameter matrix = Parameter(randn(8, 8) * 0.3);
        private readonly Tensor shift = rand(8);

        public Projection()
            : base(nameof(Projection)) => RegisterComponents();

        public override Tensor forward(Tensor input) =>
            functional.linear(functional.linear(input, matrix), matrix, shift) - functional.linear(input[.., 0], matrix, shift).unsqueeze(1);
    }
}
