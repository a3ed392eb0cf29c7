using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Networks;

/// <summary>Parameters and buffers as values, in every way: shapes that line up from the end, views, parts, and what is made of them alone.</summary>
[EarlyExitNetwork(Classes = 4, Input = [4, 6, 6])]
public sealed partial class OwnedTensors : EarlyExitModule
{
    private readonly Parameter perChannel = Parameter(rand(4, 1, 1));
    private readonly Parameter perPixel = Parameter(randn([1, 4, 6, 6]) * 0.3);
    private readonly Parameter gate = Parameter(randn(2, 4));
    private readonly Parameter columns = Parameter(randn(8, 6));
    private readonly Parameter mixing;
    private readonly Tensor mean = ones(4).mul(0.25);
    private readonly Conv2d conv = Conv2d(4, 4, 3, padding: 1);
    private readonly Conv2d both = Conv2d(8, 4, 1);
    private readonly Linear early = Linear(4, 4);

    public OwnedTensors()
    {
        mixing = new Parameter(empty(6, 5));
        init.xavier_uniform_(mixing);
        RegisterComponents();
    }

    [Stage]
    private Tensor Normalize(Tensor x) => (x - mean.view(1, -1, 1, 1)) * (1 + perChannel) + perPixel;

    [Stage]
    private Tensor Join(Tensor x)
    {
        Tensor y = functional.relu(conv.call(x) + perPixel);
        y.mul_(gate[0].softmax(0).unsqueeze(1).unsqueeze(2));
        Tensor map = perPixel * gate.sigmoid()[1].view(4, 1, 1);
        return both.call(cat([map.expand_as(y), y], 1)) - columns[1..5, ..].unsqueeze(1);
    }

    [Stage]
    private Tensor Repeat(Tensor x) => ((perPixel * 0.5).expand(x.shape[0], 4, 6, 6) * 2).sigmoid() + x;

    [Exit(Criterion.Confidence, 0.9)]
    private Tensor Early(Tensor x) => early.call(x.mean([2, 3])) * gate.narrow(0, 1, 1) - -gate.select(0, 0);

    [Stage]
    private Tensor Mix(Tensor x) => x.matmul(mixing)[.., 1..3].slice(3, 0, -1, 1);

    [Exit]
    private Tensor Final(Tensor x) => x.mean([3]).flatten(1).matmul(columns.transpose(0, 1).reshape(12, 4)[.., ..]);
}
