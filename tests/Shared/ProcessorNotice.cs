namespace EarlyExitGen.Tests;

/// <summary>What a program says on standard error about the processor, wherever libtorch errs on it: no part of what a test wants said.</summary>
internal static class ProcessorNotice
{
    private const string Start = "libtorch's oneDNN computes convolutions wrongly on this processor";

    public static bool Is(string line) => line.StartsWith(Start, StringComparison.Ordinal);
}
