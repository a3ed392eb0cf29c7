using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace EarlyExitGen.TorchRuntime;

/// <summary>
/// Whether libtorch's own convolutions are right on this processor. On some (AMD's family 26 is one where it was seen), the oneDNN in
/// libtorch 2.10 loses weights where it lays them out in blocks of 8 or 16 channels that they don't fill: answers are then far off, in
/// TorchSharp as in what we compile. There, libtorch's other kernels are right.
/// </summary>
internal static class ConvolutionCheck
{
    private const int Rows = 16;
    private const int Channels = 20;
    private const int Size = 9;
    private const int Kernel = 3;
    private const double Tolerance = 1e-3;

    private const string Wrong =
        "libtorch's oneDNN computes convolutions wrongly on this processor (it loses weights where channels are no multiple of 16)";

    /// <summary>Leaves oneDNN out in this process if its convolutions are wrong, and says so once on standard error.</summary>
    /// <remarks>Computes one small convolution.</remarks>
    public static void LeaveOneDnnOutWhereItIsWrong()
    {
        if (IsRight()) return;
        bool isLeftOut = LibTorchContext.LeaveOutOneDnn() && IsRight();
        string warning = isLeftOut
            ? $"{Wrong}, so that libtorch runs without it in this process, which is slower; CPU pipelines don't use libtorch."
            : $"{Wrong}, in TorchSharp as in what is compiled for it: use CPU pipelines, which don't use libtorch.";
        Trace.TraceWarning(warning);
        Console.Error.WriteLine(warning);
    }

    private static bool IsRight()
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor input = linspace(-1, 1, Rows * Channels * Size * Size).reshape(Rows, Channels, Size, Size);
        Tensor weight = linspace(0.5, 1, Channels * Channels * Kernel * Kernel).reshape(Channels, Channels, Kernel, Kernel);
        Tensor actual = Convolve(input, weight).to_type(ScalarType.Float64);

        // oneDNN has no part in this one.
        Tensor expected = Convolve(input.to_type(ScalarType.Float64), weight.to_type(ScalarType.Float64));
        return (actual - expected).abs().max().item<double>() <= Tolerance * expected.abs().max().item<double>();
    }

    private static Tensor Convolve(Tensor input, Tensor weight) => functional.conv2d(input, weight, strides: [2, 2], padding: [1, 1]);
}
