using System.Text.Json;
using FashionMnist.Images;

namespace EarlyExitGen.Examples.Tests;

public sealed class PolicyCommandTests : IClassFixture<PolicyCommandTests.Calibrated>
{
    private readonly Calibrated calibrated;

    public PolicyCommandTests(Calibrated calibrated) => this.calibrated = calibrated;

    [Fact]
    public void Calibrating_writes_a_policy_that_names_the_promise()
    {
        Assert.Contains("ECE before", calibrated.Printed, StringComparison.Ordinal);
        Assert.Contains("with 95% confidence", calibrated.Printed, StringComparison.Ordinal);
        using JsonDocument policy = JsonDocument.Parse(File.ReadAllText(calibrated.File("policy.json")));
        Assert.Contains("at most 0.05", policy.RootElement.GetProperty("calibration").GetProperty("guarantee").GetString(), StringComparison.Ordinal);
        Assert.Equal(2000, policy.RootElement.GetProperty("calibration").GetProperty("samples").GetInt32());
    }

    [Fact]
    public void Evaluating_and_reporting_give_every_part()
    {
        using TemporaryFolder folder = calibrated.Copy();
        string data = FashionMnistFolder.IncludedPath; // Any images of the same size can play the unknown ones.
        (int exitCode, string printed, string error) = ExampleProcess.Run(
            "evaluate", "--output", folder.Path, "--test-images", "150", "--mnist", data);
        Assert.Equal("", error);
        Assert.Equal(0, exitCode);
        foreach (string part in (string[])[
            "trained without exits", "ECE before", "premature", "overthinking", "ankle boot", "back to back", "arrivals", "head and check",
            "Batches of 64", "Sensitivity", "AUROC of entropy", "noise", "blur", "rotation", "contrast", "Slowdown attack"])
        {
            Assert.Contains(part, printed, StringComparison.Ordinal);
        }

        (exitCode, printed, error) = ExampleProcess.Run("report", "--output", folder.Path, "--test-images", "150");
        Assert.Equal("", error);
        Assert.Equal(0, exitCode);
        Assert.DoesNotContain("epoch", printed, StringComparison.Ordinal);
        Assert.Equal(
            [
                "calibration.json", "evaluation.json", "fashion-net-without-exits.safetensors", "fashion-net.safetensors", "policy.json",
                "report.html", "report.md", "training.json",
            ],
            Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Contains("Accuracy against compute", File.ReadAllText(folder.File("report.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void Checking_the_promise_prints_both_kinds_of_thresholds()
    {
        (int exitCode, string printed, string error) =
            ExampleProcess.Run("check-promise", "--output", calibrated.Folder, "--draws", "2", "--risk", "0.05");
        Assert.Equal("", error);
        Assert.Equal(0, exitCode);
        Assert.Contains("promised at 95.00 %", printed, StringComparison.Ordinal);
        Assert.Contains("plainly tuned", printed, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("policy.json", "evaluate", "calibrate makes one")]
    [InlineData("fashion-net.safetensors", "report", "calibrate trains them")]
    [InlineData("fashion-net.safetensors", "check-promise", "calibrate trains them")]
    [InlineData("training.json", "evaluate", "--retrain")]
    public void A_missing_file_is_one_clear_error(string name, string command, string expected)
    {
        using TemporaryFolder folder = calibrated.Copy();
        File.Delete(folder.File(name));
        string error = Fails(1, command, "--output", folder.Path);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("evaluation.json")));
    }

    [Theory]
    [InlineData("policy.json", "{}")]
    [InlineData("policy.json", "")]
    [InlineData("calibration.json", "{\"schema\":")]
    [InlineData("training.json", "{\"epochs\":-1}")]
    [InlineData("fashion-net.safetensors", "not weights")]
    public void A_foreign_file_is_one_clear_error_that_names_it(string name, string content)
    {
        using TemporaryFolder folder = calibrated.Copy();
        File.WriteAllText(folder.File(name), content);
        Assert.Contains(folder.File(name), Fails(1, "evaluate", "--output", folder.Path, "--test-images", "20"), StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("evaluation.json")));
    }

    [Fact]
    public void A_policy_of_other_weights_is_refused()
    {
        using TemporaryFolder folder = calibrated.Copy();
        (int exitCode, _, _) = ExampleProcess.Run(
            "--output", folder.Path, "--train-images", "128", "--epochs", "1", "--test-images", "20", "--calls", "2");
        Assert.Equal(0, exitCode);
        Assert.Contains("calibrate again", Fails(1, "report", "--output", folder.Path), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("calibrate", "--risk", "0")]
    [InlineData("calibrate", "--risk", "1")]
    [InlineData("calibrate", "--risk", "0,01")]
    [InlineData("calibrate", "--confidence", "NaN")]
    [InlineData("evaluate", "--epochs", "3")]
    [InlineData("report", "--risk", "0.01")]
    [InlineData("check-promise", "--draws", "0")]
    [InlineData("check-promise", "--samples", "1")]
    public void A_command_line_that_makes_no_sense_is_one_clear_error(params string[] arguments) =>
        Assert.Contains("--help", Fails(2, arguments), StringComparison.Ordinal);

    [Fact]
    public void A_missing_folder_of_unknown_images_is_one_clear_error() => Assert.Contains(
        "does not exist",
        Fails(1, "evaluate", "--output", calibrated.Folder, "--mnist", calibrated.File("missing")),
        StringComparison.Ordinal);

    private static string Fails(int expectedExitCode, params string[] arguments)
    {
        (int exitCode, _, string error) = ExampleProcess.Run(arguments);
        Assert.Equal(expectedExitCode, exitCode);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        return error;
    }

    /// <summary>A folder with weights and a policy, made once by the command itself.</summary>
    public sealed class Calibrated : IDisposable
    {
        private readonly TemporaryFolder folder = new();

        public Calibrated()
        {
            (int exitCode, Printed, string error) = ExampleProcess.Run(
                "calibrate", "--output", folder.Path, "--train-images", "512", "--epochs", "2", "--risk", "0.05");
            Assert.Equal("", error);
            Assert.Equal(0, exitCode);
        }

        public string Printed { get; }

        public string Folder => folder.Path;

        public string File(string name) => folder.File(name);

        public void Dispose() => folder.Dispose();

        internal TemporaryFolder Copy()
        {
            TemporaryFolder copy = new();
            foreach (string file in Directory.GetFiles(folder.Path)) System.IO.File.Copy(file, copy.File(Path.GetFileName(file)));
            return copy;
        }
    }
}
