using EarlyExitGen.Cpu.Activations;
using EarlyExitGen.Cpu.Attention;
using EarlyExitGen.Cpu.Matrices;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Normalization;
using EarlyExitGen.Cpu.Pooling;
using EarlyExitGen.Tests;

namespace EarlyExitGen.Cpu.Tests.Matrices;

public sealed class TensorAllocationTests
{
    [Theory]
    [InlineData("attention")]
    [InlineData("product")]
    [InlineData("copy")]
    [InlineData("mean")]
    [InlineData("softmax")]
    [InlineData("arithmetic")]
    public void A_call_allocates_nothing(string kernel)
    {
        using Arena arena = new(1 << 14);
        ArenaBuffer input = arena.Take(1 << 11);
        ArenaBuffer output = arena.Take(1 << 11);
        ArenaBuffer scratch = arena.Take(1 << 13);
        MatrixView rows = new(0, 16, 32);
        AllocationAssert.ZeroBytes(
            () =>
            {
                switch (kernel)
                {
                    case "attention":
                        DotProductAttention.Run(
                            input, rows, input, rows, input, rows, output, rows, new AttentionShape(2, 20, 20, 16, 16), scratch);
                        break;
                    case "product":
                        MatrixProduct.Run(input, rows, input, rows, output, matrices: 2, rows: 20, inner: 16, columns: 16, scratch);
                        break;
                    case "copy":
                        StridedCopy.Run(input, 0, output, 0, new CopyLoop(20, 1, 8), new CopyLoop(8, 20, 1));
                        break;
                    case "mean":
                        RowMean.Run(input, output, rows: 20, features: 30);
                        break;
                    case "softmax":
                        Softmax.Run(output, rows: 20, features: 30);
                        Softmax.RunLogarithm(output, rows: 20, features: 30);
                        break;
                    default:
                        Elementwise.Divide(input, new(16, 20, 2), input, 0, output, 0);
                        Elementwise.ScaleAndShift(output, new(16, 20, 2), 0.5f, 1);
                        Elementwise.ScaleChannels(input, new(16, 20, 2), input, output, 0);
                        break;
                }
            },
            calls: 1_000);
    }
}
