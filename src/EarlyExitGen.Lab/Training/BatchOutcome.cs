using System.Collections.Immutable;
using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen.Lab.Training;

/// <summary>Brings a batch's losses and hits to the host in one transfer.</summary>
internal static class BatchOutcome
{
    public static ImmutableArray<ExitOutcome> Read(
        ImmutableArray<int> exits, ImmutableArray<Tensor> logits, ImmutableArray<Tensor> losses, Tensor label)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable still = no_grad();
        bool areClasses = label.dtype == ScalarType.Int64 && label.dim() == 1;
        List<Tensor> numbers = [.. losses.Select(loss => loss.to(ScalarType.Float32))];
        if (areClasses) numbers.AddRange(logits.Select(exit => exit.argmax(1).eq(label).sum().to(ScalarType.Float32)));

        float[] values = stack(numbers).cpu().data<float>().ToArray();
        return [.. exits.Select((exit, index) =>
            new ExitOutcome(exit, values[index], areClasses ? (long)values[exits.Length + index] : null))];
    }
}
