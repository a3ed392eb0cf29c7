using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Networks;

/// <summary>Activations with numbers of their own or without a function in libtorch, as modules and as functions.</summary>
[EarlyExitNetwork(Classes = 4, Input = [6])]
public sealed partial class ShapedActivations : EarlyExitModule
{
    [Stage]
    private readonly Sequential first = Sequential(
        ELU(0.7), Linear(6, 8), ELU(inplace: true), Linear(8, 8), SELU(), Linear(8, 8), CELU(0.4), Linear(8, 8), Softplus(), Linear(8, 8),
        LogSigmoid(), Linear(8, 8));

    [Exit(Criterion.Entropy, 0.9)]
    private Tensor Early(Tensor x)
    {
        x = functional.elu(functional.mish(x), 0.5) + functional.selu(x).celu() - x.softplus();
        return head.call(functional.softsign(x) * functional.tanhshrink(x) + functional.logsigmoid(x));
    }

    private readonly Linear head = Linear(8, 4);

    [Stage]
    private readonly Sequential second = Sequential(
        Mish(), Linear(8, 8), Softsign(), Linear(8, 8), Tanhshrink(inplace: true), Linear(8, 8), Hardtanh(inplace: true), Linear(8, 8),
        Hardshrink(0.1), Linear(8, 8), Softshrink(0.1));

    [Exit]
    private readonly Sequential final = Sequential(Linear(8, 4));
}
