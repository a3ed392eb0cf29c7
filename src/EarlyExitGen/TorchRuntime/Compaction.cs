namespace EarlyExitGen.TorchRuntime;

/// <summary>
/// Whether the rows of a batch that stay after an exit are gathered, so that those that left cost nothing more, or whether the batch goes on
/// as it is, up to the next exit. Decided by what both took when the network was frozen. Immutable and thread-safe.
/// </summary>
/// <param name="Exit">The exit's name.</param>
/// <param name="GatherMicroseconds">To gather one row's features there. Kernels that read rows where they lie take less.</param>
/// <param name="AheadMicroseconds">For one row to the next exit and through its head.</param>
public sealed record Compaction(string Exit, double GatherMicroseconds, double AheadMicroseconds)
{
    /// <summary>Whether gathering costs less than it saves.</summary>
    /// <param name="staying">Rows that go on.</param>
    /// <param name="left">Rows that have left, but whose features are still there.</param>
    public bool Pays(int staying, int left) => left * AheadMicroseconds > staying * GatherMicroseconds;
}
