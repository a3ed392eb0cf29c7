using TorchSharp;

namespace EarlyExitGen.Tests;

/// <summary>Counts the tensors that calls on this thread make and leave undisposed.</summary>
internal static class TensorLeakAssert
{
    /// <summary>Fails unless every tensor that the call makes on this thread is disposed when it returns.</summary>
    public static void NoneLeft(Action call)
    {
        call();

        // The finalizer's thread doesn't count here, so that a tensor left to it is a leak.
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        call();
        long left = DisposeScopeManager.Statistics.ThreadTotalLiveCount - before;

        Assert.True(left == 0, $"The call left {left} tensors undisposed.");
    }
}
