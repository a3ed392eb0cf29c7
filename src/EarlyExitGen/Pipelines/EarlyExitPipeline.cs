using EarlyExitGen.Exits;

namespace EarlyExitGen;

/// <summary>What all generated pipelines have in common: the policy, and that one call at a time uses them.</summary>
/// <remarks>
/// A pipeline is one thread's: it owns scratch. Give each thread its own <c>Clone()</c>; the weights are shared. A second thread that
/// calls it all the same gets an <see cref="InvalidOperationException"/>. The policy may be swapped from any thread; a call reads it once.
/// Touches nothing of TorchSharp, so that the CPU pipelines run where it is absent.
/// </remarks>
public abstract partial class EarlyExitPipeline : IDisposable
{
    private volatile ExitPolicy policy;
    private int isInUse;

    private protected EarlyExitPipeline(NetworkPlan plan, ExitPolicy policy)
    {
        Plan = plan;
        this.policy = policy;
        State = new ExitState(plan, policy);
    }

    /// <summary>What the compiler knows of this network.</summary>
    public NetworkPlan Plan { get; }

    /// <summary>The thresholds. Assign another policy to change them; a call that is under way finishes with the old one.</summary>
    /// <exception cref="ArgumentException">The policy is for a network with another fingerprint.</exception>
    public ExitPolicy Policy
    {
        get => policy;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            value.RequireFor(Plan);
            policy = value;
        }
    }

    private protected bool IsDisposed { get; private set; }

    /// <summary>Releases the scratch, and the weights with the last of the pipelines that share them.</summary>
    /// <exception cref="InvalidOperationException">A call is under way.</exception>
    public void Dispose()
    {
        if (IsDisposed) return;
        Acquire();
        IsDisposed = true;
        ReleaseResources();
        GC.SuppressFinalize(this);
    }

    private protected abstract void ReleaseResources();

    private protected void RequireNotDisposed() => ObjectDisposedException.ThrowIf(IsDisposed, this);

    /// <summary>Takes the pipeline for one call.</summary>
    private protected void Acquire()
    {
        if (Interlocked.CompareExchange(ref isInUse, 1, 0) != 0)
        {
            throw new InvalidOperationException(
                $"{Plan.Name}: this pipeline is in use by another call; it is one thread's, so give each thread its own Clone().");
        }
    }

    /// <summary>Gives the pipeline back.</summary>
    private protected void GiveBack() => Volatile.Write(ref isInUse, 0);
}
