namespace EarlyExitGen.Tests;

/// <summary>Counts the managed bytes that calls allocate on this thread.</summary>
internal static class AllocationAssert
{
    private const int WarmUp = 200;

    /// <summary>Fails unless <paramref name="calls"/> calls, after a warm-up, allocate nothing.</summary>
    public static void ZeroBytes(Action call, int calls)
    {
        for (int warm = 0; warm < WarmUp; warm++) call();

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int index = 0; index < calls; index++) call();
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.True(allocated == 0, $"{calls:N0} calls allocated {allocated:N0} bytes, {(double)allocated / calls:0.#} a call.");
    }
}
