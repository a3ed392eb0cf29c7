namespace EarlyExitGen.Lab.Training;

/// <summary>
/// A loss or a gradient became NaN or infinite. The batch changed no weight and no checkpoint; the running statistics of normalisation
/// layers have seen it.
/// </summary>
public sealed class TrainingDivergedException : ArithmeticException
{
    /// <summary>An error without a description.</summary>
    public TrainingDivergedException()
        : this("Training diverged.")
    {
    }

    /// <summary>An error with a description.</summary>
    /// <param name="message">One sentence for a person.</param>
    public TrainingDivergedException(string message)
        : base(message)
    {
    }

    /// <summary>An error with a description and its cause.</summary>
    /// <param name="message">One sentence for a person.</param>
    /// <param name="innerException">The cause.</param>
    public TrainingDivergedException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    internal TrainingDivergedException(string network, string phase, int epoch, int batch, string? exit, double value)
        : base(exit is null
            ? $"{network}: the norm of the gradients is {value} in batch {batch} of epoch {epoch} (phase '{phase}')."
            : $"{network}: the loss of exit '{exit}' is {value} in batch {batch} of epoch {epoch} (phase '{phase}').")
    {
        Epoch = epoch;
        Batch = batch;
        Exit = exit;
    }

    /// <summary>The epoch, counted from 1 through all phases.</summary>
    public int Epoch { get; }

    /// <summary>The batch of the epoch, counted from 1.</summary>
    public int Batch { get; }

    /// <summary>The exit; null when it was the gradients' norm.</summary>
    public string? Exit { get; }
}
