using System.Diagnostics;
using System.Runtime.Intrinsics;

namespace EarlyExitGen.Cpu.Tests;

/// <summary>
/// Runs a part of the kernels' tests again in a process where the runtime's own switches turn the wider vectors off.
/// </summary>
public sealed class NarrowVectorTests
{
    private const string Switch = "EARLYEXITGEN_TEST_ITERATIONS";

    [Theory]
    [InlineData("DOTNET_EnableAVX512")]
    [InlineData("DOTNET_EnableAVX512", "DOTNET_EnableAVX2")]
    public void Kernels_are_right_with_narrower_vectors(params string[] turnedOff)
    {
        Assert.SkipUnless(Vector256.IsHardwareAccelerated, "This processor has 128-bit vectors only.");
        Assert.SkipWhen(Environment.GetEnvironmentVariable(Switch) is not null, "This is such a process already.");

        ProcessStartInfo start = new("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(typeof(NarrowVectorTests).Assembly.Location);
        start.ArgumentList.Add("-trait");
        start.ArgumentList.Add("Vectors=EveryWidth");
        start.ArgumentList.Add("-noColor");
        start.Environment[Switch] = "30";
        foreach (string name in turnedOff) start.Environment[name] = "0";

        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, output);
        Assert.Contains("Failed: 0", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Total: 0", output, StringComparison.Ordinal);
    }
}
