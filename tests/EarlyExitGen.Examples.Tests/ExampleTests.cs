using System.Diagnostics;
using System.Text.Json;

namespace EarlyExitGen.Examples.Tests;

public sealed class ExampleTests : IDisposable
{
    // Seconds instead of minutes: the figures mean nothing, but every step runs.
    private static readonly string[] SmallRun = ["--test-images", "50", "--calls", "20"];
    private static readonly string[] SmallTraining = [.. SmallRun, "--train-images", "256", "--epochs", "1"];

    private readonly TemporaryFolder folder = new();

    private string Weights => folder.File("fashion-net.safetensors");

    private string Report => folder.File("report.json");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Trains_once_and_then_starts_from_the_weights()
    {
        (int exitCode, string output, string error) = ExampleProcess.Run([.. SmallTraining, "--output", folder.Path]);

        Assert.Equal("", error);
        Assert.Equal(0, exitCode);
        Assert.Contains("epoch 1/1", output, StringComparison.Ordinal);
        Assert.Contains("full depth", output, StringComparison.Ordinal);
        byte[] weights = File.ReadAllBytes(Weights);
        using JsonDocument first = JsonDocument.Parse(File.ReadAllText(Report));

        (exitCode, output, error) = ExampleProcess.Run([.. SmallRun, "--output", folder.Path]);

        Assert.Equal("", error);
        Assert.Equal(0, exitCode);
        Assert.DoesNotContain("epoch", output, StringComparison.Ordinal);
        Assert.Equal(weights, File.ReadAllBytes(Weights));
        using JsonDocument second = JsonDocument.Parse(File.ReadAllText(Report));
        foreach (string figure in (string[])["accuracy", "fullDepthAccuracy", "averageMacs"])
        {
            Assert.Equal(first.RootElement.GetProperty(figure).GetDouble(), second.RootElement.GetProperty(figure).GetDouble());
        }

        Assert.Equal(
            ["fashion-net.safetensors", "report.json", "training.json"],
            Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        RequireReportsShape(second.RootElement);
    }

    [Theory]
    [InlineData("not a weights file at all")]
    [InlineData("")]
    public void Foreign_weights_are_one_clear_error_and_stay(string content)
    {
        File.WriteAllText(Weights, content);

        string error = Fails(1, [.. SmallRun, "--output", folder.Path]);

        Assert.Contains(Weights, error, StringComparison.Ordinal);
        Assert.Equal(content, File.ReadAllText(Weights));
        Assert.False(File.Exists(Report));
    }

    [Fact]
    public void Truncated_weights_are_one_clear_error()
    {
        Assert.Equal(0, ExampleProcess.Run([.. SmallTraining, "--output", folder.Path]).ExitCode);
        byte[] weights = File.ReadAllBytes(Weights);
        File.WriteAllBytes(Weights, weights[..(weights.Length / 2)]);

        Assert.Contains(Weights, Fails(1, [.. SmallRun, "--output", folder.Path]), StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_data_folder_is_one_clear_error() =>
        Assert.Contains("does not exist", Fails(1, "--data", folder.File("missing")), StringComparison.Ordinal);

    [Fact]
    public void Damaged_data_is_one_clear_error()
    {
        File.WriteAllText(folder.File("train-images-idx3-ubyte"), "not an IDX file");
        File.WriteAllText(folder.File("train-labels-idx1-ubyte"), "not an IDX file");

        Assert.Contains("is not an IDX file", Fails(1, "--data", folder.Path), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--unknown")]
    [InlineData("unknown")]
    [InlineData("--epochs")]
    [InlineData("--epochs", "0")]
    [InlineData("--epochs", "many")]
    [InlineData("--test-images", "-1")]
    [InlineData("subset")]
    public void Command_line_that_makes_no_sense_is_one_clear_error(params string[] arguments) =>
        Assert.Contains("--help", Fails(2, arguments), StringComparison.Ordinal);

    [Fact]
    public void Help_names_every_command_and_option()
    {
        (int exitCode, string output, _) = ExampleProcess.Run("--help");

        Assert.Equal(0, exitCode);
        Assert.All(
            [
                "--data", "--output", "--retrain", "--epochs", "--train-images", "--test-images", "--calls", "calibrate", "evaluate", "report",
                "check-promise", "inspect", "subset",
            ],
            name => Assert.Contains(name, output, StringComparison.Ordinal));
    }

    [Fact]
    public void Inspect_shows_the_generated_code_and_its_folder()
    {
        (int exitCode, string output, string error) = ExampleProcess.Run("inspect");

        Assert.Equal("", error);
        Assert.Equal(0, exitCode);
        Assert.Contains(Path.Combine("obj", ""), output, StringComparison.Ordinal);
        Assert.Contains("partial class FashionNet", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public async Task Interrupted_training_leaves_the_earlier_weights(string signal, int exitCode)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Signals can't be sent to another process on Windows.");
        Assert.SkipWhen(signal == "INT" && ExampleProcess.IgnoresInterrupts, "Jobs in the background of a shell ignore SIGINT, and this is one.");
        File.WriteAllText(Weights, "earlier weights");

        using ExampleProcess example = ExampleProcess.Start("--epochs", "1000", "--train-images", "200", "--output", folder.Path);
        await example.WaitForOutput("epoch 2/1000");
        using Process kill = Process.Start("kill", [$"-{signal}", $"{example.Id}"]);

        Assert.Equal(exitCode, example.WaitForExit());
        Assert.Contains("interrupted", example.Error, StringComparison.Ordinal);
        Assert.Equal("earlier weights", File.ReadAllText(Weights));
        Assert.Equal([Weights], Directory.GetFiles(folder.Path));
    }

    private static string Fails(int expectedExitCode, params string[] arguments)
    {
        (int exitCode, _, string error) = ExampleProcess.Run(arguments);
        Assert.Equal(expectedExitCode, exitCode);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        return error;
    }

    private static void RequireReportsShape(JsonElement report)
    {
        Assert.Equal("FashionNet", report.GetProperty("network").GetString());
        JsonElement[] exits = [.. report.GetProperty("exits").EnumerateArray()];
        Assert.Equal(["easy", "middle", "final"], exits.Select(exit => exit.GetProperty("name").GetString()));
        Assert.Equal(["entropy", "margin", null], exits.Select(exit => exit.GetProperty("criterion").GetString()));
        Assert.Equal(1, exits.Sum(exit => exit.GetProperty("share").GetDouble()), tolerance: 1e-9);
        Assert.Equal(
            report.GetProperty("averageMacs").GetDouble(),
            exits.Sum(exit => exit.GetProperty("share").GetDouble() * exit.GetProperty("macs").GetInt64()),
            tolerance: 1e-3);
        Assert.Equal(report.GetProperty("fullMacs").GetInt64(), exits[^1].GetProperty("macs").GetInt64());
        Assert.All(exits, exit => Assert.True(exit.TryGetProperty("accuracy", out _) && exit.TryGetProperty("p50Us", out _)));
        JsonElement latency = report.GetProperty("latencyUs");
        foreach (JsonElement percentiles in (JsonElement[])[latency, latency.GetProperty("full")])
        {
            Assert.True(percentiles.GetProperty("p50").GetDouble() > 0);
            Assert.True(percentiles.GetProperty("p95").GetDouble() >= percentiles.GetProperty("p50").GetDouble());
            Assert.True(percentiles.GetProperty("p99").GetDouble() >= percentiles.GetProperty("p95").GetDouble());
        }
    }
}
