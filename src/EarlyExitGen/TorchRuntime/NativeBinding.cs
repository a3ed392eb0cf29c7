using System.Diagnostics;
using TorchSharp;

namespace EarlyExitGen.TorchRuntime;

/// <summary>
/// Whether the native library is the one that the pipelines were written for. Checked once; when it is not, pipelines run TorchSharp's
/// managed forward instead, and say so once.
/// </summary>
internal static class NativeBinding
{
    /// <summary>Set to true (in runtimeconfig.json or by AppContext.SetSwitch) to use the managed forward.</summary>
    internal const string DisableSwitch = "EarlyExitGen.DisableNativeBinding";

    private static readonly Version Expected = new(0, 107);
    private static readonly Lazy<string?> Reason = new(Check);

    /// <summary>Why the managed forward is used; null when the binding works.</summary>
    public static string? FallbackReason => Reason.Value;

    private static string? Check()
    {
        string? reason = FindReason();
        if (reason is not null)
        {
            string warning =
                "EarlyExitGen runs networks through TorchSharp's managed forward, slower, with allocations, and with each module's " +
                $"present weights: {reason}";
            Trace.TraceWarning(warning);
            Console.Error.WriteLine(warning);
        }

        return reason;
    }

    private static string? FindReason()
    {
        if (AppContext.TryGetSwitch(DisableSwitch, out bool disabled) && disabled) return $"the switch {DisableSwitch} is set.";

        Version? found = typeof(torch).Assembly.GetName().Version;
        if (found is null || found.Major != Expected.Major || found.Minor != Expected.Minor)
        {
            return $"TorchSharp is version {found}, expected {Expected}.";
        }

        NativeSelfTest.TouchExports();
        return NativeExports.Missing.Count > 0
            ? $"libLibTorchSharp lacks {string.Join(", ", NativeExports.Missing.Distinct())}."
            : NativeSelfTest.FindMismatch();
    }
}
