using System.Diagnostics;

namespace EarlyExitGen;

/// <summary>
/// How far one call may go: it ends with the best answer so far when time is up, when it is cancelled, or when its budget does not reach
/// the next exit, whichever is first. A call always answers: the first exit that is switched on runs whatever the limits.
/// </summary>
/// <remarks>
/// Time and cancellation are looked at after each part of the network, so that they are overrun by the part under way, at most one stage
/// with its heads. On a GPU, a stage is under way until its exit's logits are read. The default limits nothing.
/// </remarks>
public readonly record struct CallLimits
{
    /// <summary>The moment at which time is up, as a timestamp of <see cref="Stopwatch"/>; null for never.</summary>
    public long? Deadline { get; init; }

    /// <summary>Ends the call without an exception.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>
    /// The largest number of multiply–accumulate operations for each input, by the compiler's count, heads included; null for any. At
    /// least what the first exit costs that is switched on.
    /// </summary>
    public long? Macs { get; init; }

    /// <summary>A deadline that lies a span of time from now.</summary>
    public static CallLimits Within(TimeSpan time) => new()
    {
        Deadline = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency),
    };

    internal bool LimitTime => Deadline is not null || Cancellation.CanBeCanceled;
}
