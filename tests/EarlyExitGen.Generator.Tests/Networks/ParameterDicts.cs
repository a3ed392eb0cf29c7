using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Networks;

/// <summary>Parameters in dictionaries, however they get there and are found, and lists that are filled in braces.</summary>
[EarlyExitNetwork(Classes = 3, Input = [6, 8])]
public sealed partial class ParameterDicts : EarlyExitModule
{
    private readonly ParameterDict scales = ParameterDict(("wide", Parameter(rand(8))), ("tall", Parameter(randn(6, 1))));
    private readonly ParameterList shifts = new() { Parameter(randn(8)), Parameter(randn(6, 1)) };
    private readonly ModuleList<Linear> layers = new() { Linear(8, 8), Linear(8, 8) };
    private readonly ParameterDict heads;
    private readonly Mixing mixing = new(depth: 2);

    public ParameterDicts()
    {
        heads = new ParameterDict { ("early-weight", Parameter(randn(3, 8) * 0.3)), { "early bias", Parameter(randn(3)) } };
        heads.Add("final", Parameter(randn(3, 48) * 0.2));
        heads.Add(("offset", Parameter(randn(3))));
        RegisterComponents();
    }

    [Stage]
    private Tensor Scale(Tensor x)
    {
        foreach ((string name, Parameter scale) in scales) x = name == "wide" ? x * scale : x + scale;
        foreach (Linear layer in layers) x = functional.relu(layer.call(x));
        for (int index = 0; index < shifts.Count; index++) x = x - shifts[index];
        return scales.ContainsKey("deep") ? x * scales["deep"] : x * scales["tall"];
    }

    [Exit(Criterion.Entropy, 0.9)]
    private Tensor Early(Tensor x) => functional.linear(x.mean([1]), heads["early-weight"], heads["early bias"]);

    [Stage]
    private Tensor Mix(Tensor x) => mixing.call(x) + scales[0].Item2.sigmoid();

    [Exit]
    private Tensor Final(Tensor x) => functional.linear(x.flatten(1), heads["final"]) + heads["offset"];

    private sealed class Mixing : Module<Tensor, Tensor>
    {
        private readonly ParameterDict matrices = new();
        private readonly int depth;

        public Mixing(int depth)
            : base(nameof(Mixing))
        {
            this.depth = depth;
            for (int level = 0; level < depth; level++) matrices.Add($"level{level}", Parameter(randn(8, 8) * 0.3));
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            for (int level = 0; level < depth; level++) input = input.matmul(matrices[$"level{level}"]).tanh();
            foreach (Parameter matrix in matrices.values()) input = input + matrix[0];
            return input;
        }
    }
}
