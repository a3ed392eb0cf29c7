namespace EarlyExitGen.Tests;

/// <summary>Counts the managed bytes that calls allocate on this thread.</summary>
internal static class AllocationAssert
{
    private const int WarmUp = 200;
    private const int Windows = 3;

    /// <summary>Fails unless <paramref name="calls"/> consecutive calls, after a warm-up, allocate nothing.</summary>
    /// <remarks>
    /// The runtime itself may allocate once, when it replaces a method by optimised code in the middle of the count. So the calls are
    /// counted up to three times: whatever a call allocates, it allocates each time.
    /// </remarks>
    public static void ZeroBytes(Action call, int calls)
    {
        for (int warm = 0; warm < WarmUp; warm++) call();

        long allocated = 0;
        for (int window = 0; window < Windows; window++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int index = 0; index < calls; index++) call();
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (allocated == 0) return;
        }

        Assert.Fail($"{calls:N0} calls allocated {allocated:N0} bytes, {(double)allocated / calls:0.#} a call.");
    }
}
