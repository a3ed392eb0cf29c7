using System.Diagnostics;
using System.Reflection;
using System.Runtime.Intrinsics;

namespace EarlyExitGen.Tests;

/// <summary>
/// Runs the tests with the trait <c>Vectors=EveryWidth</c> again in a process where the runtime's own switches turn the wider vectors off.
/// </summary>
internal static class NarrowVectors
{
    public const string Trait = "Vectors";
    public const string EveryWidth = "EveryWidth";

    private const string FewerIterations = "EARLYEXITGEN_TEST_ITERATIONS";

    /// <summary>The switches for 256 bits, and for 128 bits.</summary>
    public static TheoryData<string> Switches => ["DOTNET_EnableAVX512", "DOTNET_EnableAVX512 DOTNET_EnableAVX2"];

    public static void RunAgain(string turnedOff)
    {
        Assert.SkipUnless(Vector256.IsHardwareAccelerated, "This processor has 128-bit vectors only.");
        Assert.SkipWhen(Environment.GetEnvironmentVariable(FewerIterations) is not null, "This is such a process already.");

        ProcessStartInfo start = new("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Assembly.GetExecutingAssembly().Location);
        start.ArgumentList.Add("-trait");
        start.ArgumentList.Add($"{Trait}={EveryWidth}");
        start.ArgumentList.Add("-noColor");
        start.Environment[FewerIterations] = "30";
        foreach (string name in turnedOff.Split(' ')) start.Environment[name] = "0";

        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, output + errors.Result);
        Assert.Contains("Failed: 0", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Total: 0", output, StringComparison.Ordinal);
    }
}
