using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace EarlyExitGen.TorchRuntime;

/// <content>The activations that have numbers of their own, or are made of several operations.</content>
internal static partial class NativeSelfTest
{
    private static string? FindShapedActivationMismatch()
    {
        Tensor x = linspace(-8, 8, 32);
        Tensor weight = linspace(0.3, 0.3, 1);
        FrozenLayer layer = new(weight.Handle, 0);
        const double first = 0.7;
        const double second = 3;
        return CompareBoth(
                "elu",
                x,
                input => EarlyExitTorchPipeline.ELU(input, first),
                slot => EarlyExitTorchPipeline.ELUInPlace(slot, first),
                functional.elu(x, first))
            ?? CompareBoth("selu", x, EarlyExitTorchPipeline.SELU, EarlyExitTorchPipeline.SELUInPlace, functional.selu(x))
            ?? CompareBoth(
                "celu",
                x,
                input => EarlyExitTorchPipeline.CELU(input, first),
                slot => EarlyExitTorchPipeline.CELUInPlace(slot, first),
                functional.celu(x, first))
            ?? Compare("softplus", x, input => EarlyExitTorchPipeline.Softplus(input, first, second), functional.softplus(x, first, second))
            ?? Compare("log_sigmoid", x, EarlyExitTorchPipeline.LogSigmoid, functional.logsigmoid(x))
            ?? CompareBoth("mish", x, EarlyExitTorchPipeline.Mish, EarlyExitTorchPipeline.MishInPlace, functional.mish(x))
            ?? CompareBoth("softsign", x, EarlyExitTorchPipeline.Softsign, EarlyExitTorchPipeline.SoftsignInPlace, functional.softsign(x))
            ?? CompareBoth(
                "tanhshrink", x, EarlyExitTorchPipeline.Tanhshrink, EarlyExitTorchPipeline.TanhshrinkInPlace, functional.tanhshrink(x))

            // TorchSharp's own hardtanh gives back its input.
            ?? CompareBoth(
                "hardtanh",
                x,
                input => EarlyExitTorchPipeline.Hardtanh(input, -first, second),
                slot => EarlyExitTorchPipeline.HardtanhInPlace(slot, -first, second),
                x.clamp(-first, second))
            ?? CompareBoth(
                "threshold",
                x,
                input => EarlyExitTorchPipeline.Threshold(input, first, second),
                slot => EarlyExitTorchPipeline.ThresholdInPlace(slot, first, second),
                functional.threshold(x, first, second))
            ?? Compare("hardshrink", x, input => EarlyExitTorchPipeline.Hardshrink(input, first), functional.hardshrink(x, first))
            ?? Compare("softshrink", x, input => EarlyExitTorchPipeline.Softshrink(input, first), functional.softshrink(x, first))
            ?? Compare("prelu", x, input => EarlyExitTorchPipeline.PReLU(input, layer), x.prelu(weight));
    }
}
