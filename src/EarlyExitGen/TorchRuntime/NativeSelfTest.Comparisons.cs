using static TorchSharp.torch;

namespace EarlyExitGen.TorchRuntime;

/// <content>Comparisons, and the choice between two tensors.</content>
internal static partial class NativeSelfTest
{
    private static string? FindComparisonMismatch()
    {
        const double number = 0.5;
        Tensor x = linspace(-2, 2, 25).reshape(5, 5);
        Tensor middle = x[2].unsqueeze(0);
        Tensor ids = arange(24, dtype: ScalarType.Int64).remainder(3).add(1L << 24);
        TensorSlot other = new();
        other.Borrow(middle.Handle);
        return CompareMasks("eq", ids, input => EarlyExitTorchPipeline.Equal(input, (1L << 24) + 1), ids.eq((1L << 24) + 1))
            ?? CompareMasks("ne", ids, input => EarlyExitTorchPipeline.NotEqual(input, (1L << 24) + 1), ids.ne((1L << 24) + 1))
            ?? CompareMasks("lt", x, input => EarlyExitTorchPipeline.Less(input, number), x.lt(number))
            ?? CompareMasks("le", x, input => EarlyExitTorchPipeline.LessOrEqual(input, number), x.le(number))
            ?? CompareMasks("gt", x, input => EarlyExitTorchPipeline.Greater(input, number), x.gt(number))
            ?? CompareMasks("ge", x, input => EarlyExitTorchPipeline.GreaterOrEqual(input, number), x.ge(number))
            ?? CompareMasks("eq of tensors", x, input => EarlyExitTorchPipeline.Equal(input, other), x.eq(middle))
            ?? CompareMasks("ne of tensors", x, input => EarlyExitTorchPipeline.NotEqual(input, other), x.ne(middle))
            ?? CompareMasks("lt of tensors", x, input => EarlyExitTorchPipeline.Less(input, other), x.lt(middle))
            ?? CompareMasks("le of tensors", x, input => EarlyExitTorchPipeline.LessOrEqual(input, other), x.le(middle))
            ?? CompareMasks("gt of tensors", x, input => EarlyExitTorchPipeline.Greater(input, other), x.gt(middle))
            ?? CompareMasks("ge of tensors", x, input => EarlyExitTorchPipeline.GreaterOrEqual(input, other), x.ge(middle))
            ?? FindChoiceMismatch(x, middle);
    }

    private static string? FindChoiceMismatch(Tensor x, Tensor other)
    {
        Tensor isPositive = x > 0;
        TensorSlot mask = new();
        TensorSlot elsewhere = new();
        mask.Borrow(isPositive.Handle);
        elsewhere.Borrow(other.Handle);
        return Compare("where", x, input => EarlyExitTorchPipeline.Where(mask, input, elsewhere), where(isPositive, x, other));
    }

    private static string? CompareMasks(string name, Tensor input, Operation operation, Tensor expected) =>
        Compare(name, input, slot => Numbers(operation(slot)), expected.to(ScalarType.Float32));
}
