namespace FashionMnist.Commands;

/// <summary>What one run of the example is asked for.</summary>
/// <param name="Network">The data and the network.</param>
/// <param name="Calls">Timed calls in each comparison of the benchmark.</param>
internal sealed record RunOptions(NetworkOptions Network, int Calls);
