namespace EarlyExitGen.TorchRuntime;

/// <summary>How a frozen linear layer runs, chosen by what it measured when it was frozen. Immutable and thread-safe.</summary>
/// <param name="Path">The layer's path in the state dictionary.</param>
/// <param name="OneRow">For calls with one input.</param>
/// <param name="Batch">For calls with several.</param>
public sealed record LinearRoute(string Path, LinearTiming OneRow, LinearTiming Batch);

/// <summary>What each way took at one size, in microseconds, the shortest time of several, and which is taken.</summary>
/// <param name="Rows">How many rows the measured input had.</param>
/// <param name="Ordinary">As the module itself computes.</param>
/// <param name="Packed">By our own kernel on one thread, with the weight packed; NaN where that does not answer the same.</param>
public sealed record LinearTiming(int Rows, double Ordinary, double Packed)
{
    // The ordinary way, unless the other is faster by more than the clock's noise.
    private const double Gain = 0.95;

    /// <summary>Whether our own kernel runs.</summary>
    public bool IsPacked => Packed < Gain * Ordinary;
}
