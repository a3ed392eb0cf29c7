using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Networks;

/// <summary>Parameters and a buffer as values whose shapes only the constructor's caller knows.</summary>
[EarlyExitNetwork(Classes = 3, Input = [5, 8])]
public sealed partial class OwnedWidths : EarlyExitModule
{
    private readonly Linear project;
    private readonly Parameter token;
    private readonly Parameter positions;
    private readonly Tensor shift;
    private readonly Parameter mixing;
    private readonly Linear early;

    public OwnedWidths(int features = 12)
    {
        project = Linear(8, features);
        token = Parameter(randn(1, 1, features));
        positions = Parameter(randn([6, features]) * 0.5);
        shift = linspace(-1, 1, features);
        mixing = Parameter(rand(features, 3));
        early = Linear(features, 3);
        RegisterComponents();
    }

    [Stage]
    private Tensor Embed(Tensor x)
    {
        Tensor y = project.call(x);
        return cat([token.expand(x.shape[0], 1, -1), y - shift], dim: 1) + positions;
    }

    [Exit(Criterion.Margin, 0.5)]
    private Tensor Early(Tensor x) => early.call(x.select(1, 0));

    [Exit]
    private Tensor Final(Tensor x) => x.mean([1]).matmul(mixing);
}
