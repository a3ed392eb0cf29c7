using System.Diagnostics;
using System.Text;
using EarlyExitGen.Tests;

namespace EarlyExitGen.Examples.Tests;

/// <summary>Runs the example as its users do: as a process of its own.</summary>
internal sealed class ExampleProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly StringBuilder output = new();
    private readonly StringBuilder error = new();
    private readonly Process process;

    private ExampleProcess(string[] arguments)
    {
        process = new Process { StartInfo = new ProcessStartInfo("dotnet", [Program(), .. arguments]) };
        process.StartInfo.RedirectStandardOutput = true;
        process.StartInfo.RedirectStandardError = true;
        process.StartInfo.StandardOutputEncoding = Encoding.UTF8;
        process.StartInfo.StandardErrorEncoding = Encoding.UTF8;
        process.OutputDataReceived += (_, line) => Append(output, line.Data);
        process.ErrorDataReceived += (_, line) => Append(error, line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Whether processes start with SIGINT ignored here, which they take over from the shell that put this one into its background.</summary>
    public static bool IgnoresInterrupts
    {
        get
        {
            const ulong interrupt = 1 << 1;
            const string status = "/proc/self/status";
            if (!File.Exists(status)) return false;
            string ignored = File.ReadLines(status).Single(line => line.StartsWith("SigIgn:", StringComparison.Ordinal));
            return (Convert.ToUInt64(ignored["SigIgn:".Length..].Trim(), 16) & interrupt) != 0;
        }
    }

    public int Id => process.Id;

    public string Output => Text(output);

    public string Error => Text(error);

    public static ExampleProcess Start(params string[] arguments) => new(arguments);

    /// <summary>Runs one command line to its end.</summary>
    public static (int ExitCode, string Output, string Error) Run(params string[] arguments)
    {
        using ExampleProcess example = Start(arguments);
        return (example.WaitForExit(), example.Output, example.Error);
    }

    public int WaitForExit()
    {
        Assert.True(process.WaitForExit(Patience), $"The example did not end. It printed:\n{Output}");

        // Without a time limit it also waits for the last lines of the output.
        process.WaitForExit();
        return process.ExitCode;
    }

    public async Task WaitForOutput(string text)
    {
        Stopwatch clock = Stopwatch.StartNew();
        while (!Output.Contains(text, StringComparison.Ordinal))
        {
            Assert.True(clock.Elapsed < Patience && !process.HasExited, $"The example never printed '{text}', but:\n{Output}\n{Error}");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    public void Dispose()
    {
        if (!process.HasExited) process.Kill();
        process.Dispose();
    }

    // bin/<configuration>/<framework> of the tests and of the example have the same name.
    private static string Program()
    {
        DirectoryInfo framework = new(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        DirectoryInfo? root = framework;
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "EarlyExitGen.sln"))) root = root.Parent;
        Assert.NotNull(root);
        return Path.Combine(
            root.FullName, "examples", "FashionMnist", "bin", framework.Parent!.Name, framework.Name, "FashionMnist.dll");
    }

    private static void Append(StringBuilder text, string? line)
    {
        if (line is null || ProcessorNotice.Is(line)) return;
        lock (text) text.Append(line).Append('\n');
    }

    private static string Text(StringBuilder text)
    {
        lock (text) return text.ToString();
    }
}
