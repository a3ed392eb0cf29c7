using System.Runtime.CompilerServices;

namespace EarlyExitGen.Tests;

/// <summary>
/// Test projects run side by side: one libtorch thread each. Its worker threads wait by spinning, which starves the others.
/// </summary>
internal static class OneTorchThread
{
#pragma warning disable CA2255 // There is no other place that runs before every test.
    [ModuleInitializer]
    internal static void Set()
    {
        // First, since it may be told to take libtorch from elsewhere.
        TorchRuntime.LibTorch.EnsureLoaded();
        TorchSharp.torch.set_num_threads(1);
    }
#pragma warning restore CA2255
}
