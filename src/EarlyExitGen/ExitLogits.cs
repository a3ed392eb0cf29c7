using System.Collections;
using static TorchSharp.torch;

namespace EarlyExitGen;

/// <summary>The logits of every exit for one batch: one tensor [N, classes] per exit, in declaration order.</summary>
/// <remarks>Owns its tensors; dispose it, or let a dispose scope do so. Not thread-safe.</remarks>
public sealed class ExitLogits : IReadOnlyList<Tensor>, IDisposable
{
    private readonly Tensor[] logits;

    /// <summary>Takes ownership of one tensor [N, classes] per exit.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public ExitLogits(params Tensor[] logits)
    {
        ArgumentNullException.ThrowIfNull(logits);
        if (logits.Length == 0) throw new ArgumentException("An early-exit network has at least one exit.", nameof(logits));
        this.logits = logits;
    }

    /// <summary>The number of exits.</summary>
    public int Count => logits.Length;

    /// <summary>The logits [N, classes] of one exit.</summary>
    public Tensor this[int exit] => logits[exit];

    /// <summary>The logits of the last exit.</summary>
    public Tensor Final => logits[^1];

    /// <inheritdoc/>
    public IEnumerator<Tensor> GetEnumerator() => ((IEnumerable<Tensor>)logits).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Moves the tensors to the dispose scope around the current one.</summary>
    public ExitLogits MoveToOuterDisposeScope()
    {
        foreach (Tensor tensor in logits) tensor.MoveToOuterDisposeScope();
        return this;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor tensor in logits) tensor.Dispose();
    }
}
