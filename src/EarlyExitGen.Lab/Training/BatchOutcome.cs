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
        ImmutableArray<Tensor> correct = areClasses ? [.. logits.Select(exit => exit.argmax(1).eq(label).sum())] : [];
        float[] values = ToHost([.. losses, .. correct]);
        return [.. exits.Select((exit, index) =>
            new ExitOutcome(exit, values[index], areClasses ? (long)values[exits.Length + index] : null))];
    }

    /// <param name="exits">The gates' exits.</param>
    /// <param name="gates">What each gate gave, as logits.</param>
    /// <param name="targets">What each gate should have said: 1 for yes, 0 for no.</param>
    /// <param name="losses">Each gate's loss.</param>
    public static ImmutableArray<ExitOutcome> ReadGates(
        ImmutableArray<int> exits, ImmutableArray<Tensor> gates, ImmutableArray<Tensor> targets, ImmutableArray<Tensor> losses)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable still = no_grad();
        IEnumerable<Tensor> correct = gates.Zip(targets, (gate, target) => gate.gt(0).eq(target.gt(0.5)).sum());
        IEnumerable<Tensor> positive = targets.Select(target => target.gt(0.5).sum());
        float[] values = ToHost([.. losses, .. correct, .. positive]);
        return [.. exits.Select((exit, index) => new ExitOutcome(
            exit, values[index], (long)values[exits.Length + index], (long)values[(2 * exits.Length) + index]))];
    }

    private static float[] ToHost(IEnumerable<Tensor> numbers) =>
        stack(numbers.Select(number => number.to(ScalarType.Float32))).cpu().data<float>().ToArray();
}
