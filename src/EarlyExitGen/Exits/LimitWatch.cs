using System.Diagnostics;

namespace EarlyExitGen.Exits;

/// <summary>When a call of the eager forward must end; the plain version of what <see cref="ExitState"/> watches.</summary>
internal sealed class LimitWatch(NetworkPlan plan, ExitPolicy policy, CallLimits limits)
{
    private readonly int reach = limits.Macs is long macs ? Budget.LastExit(plan, policy, macs) : policy.LastExit;

    /// <summary>Whether the call ends before the next exit; the rows' answers so far are final then.</summary>
    public bool IsOver(int nextExit, long[] rows, ExitWalk[] walks)
    {
        if (ReasonToEnd(nextExit) is not { } reason || rows.Any(row => walks[row].Decision is null)) return false;
        foreach (long row in rows) walks[row].End(reason);
        return true;
    }

    private ExitReason? ReasonToEnd(int nextExit)
    {
        if (nextExit > reach) return reach == policy.LastExit ? ExitReason.MaximumDepth : ExitReason.Budget;
        if (limits.Cancellation.IsCancellationRequested) return ExitReason.Cancelled;
        return limits.Deadline <= Stopwatch.GetTimestamp() ? ExitReason.Deadline : null;
    }
}
