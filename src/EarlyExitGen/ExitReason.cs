namespace EarlyExitGen;

/// <summary>Why an input was answered where it was.</summary>
public enum ExitReason
{
    /// <summary>The exit's conditions held.</summary>
    Conditions,

    /// <summary>It reached the last exit.</summary>
    LastExit,

    /// <summary>No condition let it go, and this exit was the most confident: <see cref="Fallback.MostConfident"/>.</summary>
    MostConfident,

    /// <summary>It reached the last exit that the policy allows: <see cref="ExitPolicy.LastExit"/>.</summary>
    MaximumDepth,

    /// <summary>The call's budget does not reach the next exit: <see cref="CallLimits.Macs"/>.</summary>
    Budget,

    /// <summary>Time was up: <see cref="CallLimits.Deadline"/>.</summary>
    Deadline,

    /// <summary>The call was cancelled: <see cref="CallLimits.Cancellation"/>.</summary>
    Cancelled,
}
