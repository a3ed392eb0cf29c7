using Microsoft.CodeAnalysis;

namespace EarlyExitGen.Generator.Diagnostics;

internal static partial class Rules
{
    public static readonly DiagnosticDescriptor OrdinaryCall = Info(
        "EEG0050",
        Cost,
        "A layer stays an ordinary call",
        "{0} stays an ordinary call, which allocates: the compiler stops at {1}");

    public static readonly DiagnosticDescriptor NoCpuPipeline = Info(
        "EEG0051",
        Cost,
        "A network has no CPU pipeline",
        "'{0}' has no CPU pipeline: {1}");
}
