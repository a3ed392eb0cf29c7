namespace EarlyExitGen.TorchRuntime;

/// <summary>
/// libtorch asks for NNPACK at each small convolution, and on a processor that NNPACK does not know it writes a line to standard error
/// every time, thousands a second. Where NNPACK can't run, not to ask for it changes no answer.
/// </summary>
/// <remarks>Invariant: <c>nnp_initialize</c> may be called again at any time, and gives 0 when NNPACK runs.</remarks>
internal static unsafe class Nnpack
{
    private const int Success = 0;

    /// <summary>Lets libtorch no longer ask for NNPACK in this process, if NNPACK can't run on its processor.</summary>
    public static void LeaveOutWhereItCannotRun()
    {
        var initialize = (delegate* unmanaged<int>)StableShim.Get("nnp_initialize");
        if (initialize != null && initialize() != Success) LibTorchContext.LeaveOutNnpack();
    }
}
