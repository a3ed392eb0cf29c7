using static TorchSharp.torch;

namespace EarlyExitGen.TorchRuntime;

/// <content>The functions of each element that are no activations.</content>
internal static partial class NativeSelfTest
{
    private static string? FindFunctionMismatch()
    {
        Tensor x = linspace(0.25, 4, 32);
        Tensor signed = linspace(-2, 2, 32);
        const double minimum = -0.5;
        const double maximum = 1.25;
        const double exponent = 1.5;
        return CompareBoth("abs", signed, EarlyExitTorchPipeline.Abs, EarlyExitTorchPipeline.AbsInPlace, signed.abs())
            ?? CompareBoth("exp", signed, EarlyExitTorchPipeline.Exp, EarlyExitTorchPipeline.ExpInPlace, signed.exp())
            ?? CompareBoth("log", x, EarlyExitTorchPipeline.Log, EarlyExitTorchPipeline.LogInPlace, x.log())
            ?? CompareBoth("sqrt", x, EarlyExitTorchPipeline.Sqrt, EarlyExitTorchPipeline.SqrtInPlace, x.sqrt())
            ?? CompareBoth("rsqrt", x, EarlyExitTorchPipeline.Rsqrt, EarlyExitTorchPipeline.RsqrtInPlace, x.rsqrt())
            ?? CompareBoth(
                "reciprocal", x, EarlyExitTorchPipeline.Reciprocal, EarlyExitTorchPipeline.ReciprocalInPlace, x.reciprocal())
            ?? CompareBoth(
                "pow",
                x,
                input => EarlyExitTorchPipeline.Power(input, exponent),
                slot => EarlyExitTorchPipeline.PowerInPlace(slot, exponent),
                x.pow(exponent))
            ?? CompareBoth(
                "clamp",
                signed,
                input => EarlyExitTorchPipeline.Clamp(input, minimum, maximum),
                slot => EarlyExitTorchPipeline.ClampInPlace(slot, minimum, maximum),
                signed.clamp(minimum, maximum));
    }
}
