using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Networks;

/// <summary>TorchSharp's encoder layer with a mask that is a buffer, which the CPU kernels compute too.</summary>
[EarlyExitNetwork(Classes = 3, Input = [5, 8])]
public sealed partial class CausalEncoder : EarlyExitModule
{
    private readonly TransformerEncoderLayer layer = TransformerEncoderLayer(8, 2, dim_feedforward: 16);
    private readonly Tensor causal = triu(full(5, 5, double.NegativeInfinity), 1);

    [Stage]
    private Tensor Body(Tensor x) => layer.call(x.transpose(0, 1), causal, null).transpose(0, 1);

    [Exit]
    private readonly Sequential final = Sequential(Flatten(), Linear(40, 3));
}
