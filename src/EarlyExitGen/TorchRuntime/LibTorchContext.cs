namespace EarlyExitGen.TorchRuntime;

/// <summary>The kernels of others that libtorch may use in this process, as far as it lets them be left out.</summary>
/// <remarks>
/// Invariants. The functions are C++ by the names of the Itanium ABI (Linux, macOS): one without arguments that returns a reference, and
/// member functions whose first argument is that reference. Where one is missing, nothing is done.
/// </remarks>
internal static unsafe class LibTorchContext
{
    /// <summary>Lets libtorch no longer use NNPACK.</summary>
    /// <returns>Whether that was possible.</returns>
    public static bool LeaveOutNnpack() => Disable("_ZN2at7Context20setUserEnabledNNPACKEb");

    /// <summary>Lets libtorch no longer use oneDNN, unless it is called by name.</summary>
    /// <returns>Whether that was possible.</returns>
    public static bool LeaveOutOneDnn() => Disable("_ZN2at7Context20setUserEnabledMkldnnEb");

    private static bool Disable(string setter)
    {
        var context = (delegate* unmanaged<void*>)StableShim.Get("_ZN2at13globalContextEv");
        var set = (delegate* unmanaged<void*, byte, void>)StableShim.Get(setter);
        if (context == null || set == null) return false;
        set(context(), 0);
        return true;
    }
}
