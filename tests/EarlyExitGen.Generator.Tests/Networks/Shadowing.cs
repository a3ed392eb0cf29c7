using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Networks
{
    /// <summary>The author has types with the names that the generated code uses.</summary>
    [EarlyExitNetwork(Classes = 2, Input = [3])]
    public sealed partial class Shadowing : EarlyExitModule
    {
        [Stage]
        private readonly Linear hidden = Linear(3, 4);

        [Exit(Criterion.Margin, 0.3)]
        private readonly Linear early = Linear(4, 2);

        [Stage]
        private readonly Linear more = Linear(4, 4);

        [Exit]
        private readonly Linear final = Linear(4, 2);

        private static class Margin;

        private static class Tensor;

        private static void Linear2d(int TensorSlot) => System.GC.KeepAlive(TensorSlot);
    }

    internal static class ExitDecision;

    internal static class ReadOnlySpan;
}
