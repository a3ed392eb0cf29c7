using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace EarlyExitGen.Tests.TorchPipeline;

/// <summary>
/// When the native library is another one, pipelines run TorchSharp's managed forward: the tests of what a pipeline answers and refuses
/// run again in a process where the binding is switched off.
/// </summary>
public sealed class FallbackTests
{
    private const string Variable = "EARLYEXITGEN_TESTS_FALLBACK";

    /// <summary>Whether this process is the one without the binding.</summary>
    public static bool IsActive => Environment.GetEnvironmentVariable(Variable) == "1";

    [Fact]
    public async Task The_managed_forward_answers_and_refuses_alike_and_says_once_that_it_runs()
    {
        Assert.SkipWhen(IsActive, "This is the child process.");
        using Process child = Start($"-class {typeof(AnswersOnCpu).FullName} -class {typeof(BadInputOnCpu).FullName} "
            + $"-class {typeof(ExtraInputTests).FullName} -class {typeof(BadExtraInputTests).FullName}");
        Task<string> readErrors = child.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await child.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        string errors = await readErrors;
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(child.ExitCode == 0, output);
        const string expected =
            "EarlyExitGen runs networks through TorchSharp's managed forward, slower, with allocations, and with each module's " +
            "present weights: the switch EarlyExitGen.DisableNativeBinding is set.";
        string[] lines = errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

        Assert.Equal([expected], lines.Where(line => !ProcessorNotice.Is(line)));
        Assert.Contains("Failed: 0", output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_binding_works_on_this_machine() =>
        Assert.Equal(IsActive, TorchRuntime.EarlyExitTorchPipeline.FallbackReason is not null);

#pragma warning disable CA2255 // The switch must be set before the first pipeline asks for it.
    [ModuleInitializer]
    internal static void SwitchOff()
    {
        if (IsActive) AppContext.SetSwitch("EarlyExitGen.DisableNativeBinding", isEnabled: true);
    }
#pragma warning restore CA2255

    private static Process Start(string arguments)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet") start.ArgumentList.Add(typeof(FallbackTests).Assembly.Location);
        foreach (string argument in arguments.Split(' ')) start.ArgumentList.Add(argument);
        start.Environment[Variable] = "1";
        return Process.Start(start)!;
    }
}
