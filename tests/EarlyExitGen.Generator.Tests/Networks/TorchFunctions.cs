using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Networks;

/// <summary>Functions of each element for which there is no CPU kernel.</summary>
[EarlyExitNetwork(Classes = 3, Input = [8])]
public sealed partial class TorchFunctions : EarlyExitModule
{
    private readonly Linear linear = Linear(8, 8);
    private readonly Parameter temperature = Parameter(rand(1) + 0.5f);
    private readonly Linear final = Linear(8, 3);

    [Stage]
    private Tensor Body(Tensor x)
    {
        Tensor y = linear.call(x).abs() + 0.1;
        y.log_();
        return (y - x.exp().log()).pow(3) / temperature.log().abs().clamp_min(0.5);
    }

    [Exit]
    private Tensor Final(Tensor x) => final.call(torch.log(x.square() + 1).pow(0.5) + torch.pow(x.abs() + 1, -1.5).sqrt());
}
