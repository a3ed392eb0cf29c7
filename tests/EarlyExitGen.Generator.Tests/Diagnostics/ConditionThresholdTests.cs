using Microsoft.CodeAnalysis;

namespace EarlyExitGen.Generator.Tests.Diagnostics;

/// <summary>Thresholds of further conditions, of patience and of gates are checked as those of an exit's own criterion are.</summary>
public sealed class ConditionThresholdTests
{
    [Theory]
    [InlineData("[Exit(Criterion.Patience, 2)]")]
    [InlineData("[Exit(Criterion.Energy, -4.5)]")]
    [InlineData("[Exit(Criterion.Entropy, 0.3)] [ExitCondition(Criterion.Patience, 2)]")]
    [InlineData("[Exit(Criterion.Entropy, 0.3, Combination = Combination.Any)] [ExitCondition(Criterion.Margin, 0.5)]")]
    public async Task Useful_thresholds_are_silent(string exit) => Assert.Empty(await WarningsAsync(exit));

    [Theory]
    [InlineData("[Exit(Criterion.Patience, 3)]", "EEG0021: The threshold of exit 'second' is 3, so that the exit never fires")]
    [InlineData("[Exit(Criterion.Energy, double.NaN)]", "EEG0020: The threshold of exit 'second' is NaN, so that the exit never fires")]
    [InlineData(
        "[Exit(Criterion.Entropy, 0.3)] [ExitCondition(Criterion.Margin, 1.5)]",
        "EEG0021: The threshold of exit 'second' is 1.5, so that the exit never meets this condition")]
    public async Task A_useless_threshold_is_reported(string exit, string expected)
    {
        string warning = Assert.Single(await WarningsAsync(exit));
        Assert.StartsWith(expected, warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_condition_that_always_holds_hides_what_follows_only_where_one_is_enough()
    {
        const string always = "[ExitCondition(Criterion.Patience, 1)]";

        string[] any = await WarningsAsync($"[Exit(Criterion.Entropy, 0.3, Combination = Combination.Any)] {always}");
        string[] all = await WarningsAsync($"[Exit(Criterion.Entropy, 0.3)] {always}");

        Assert.Contains(any, warning => warning.StartsWith("EEG0023: Exit 'final' can't be reached", StringComparison.Ordinal));
        Assert.DoesNotContain(all, warning => warning.StartsWith("EEG0023", StringComparison.Ordinal));
    }

    private static async Task<string[]> WarningsAsync(string exit)
    {
        string source = $$"""
            [EarlyExitNetwork(Classes = 4, Input = [8])]
            public sealed partial class Net : EarlyExitModule
            {
                [Stage] private readonly Sequential stem = Sequential(Linear(8, 16), ReLU());
                [Exit(Criterion.Confidence, 0.9)] private readonly Linear first = Linear(16, 4);
                [Stage] private readonly Sequential body = Sequential(Linear(16, 16), ReLU());
                {{exit}} private readonly Linear second = Linear(16, 4);
                [Stage] private readonly Sequential deep = Sequential(Linear(16, 16), ReLU());
                [Exit] private readonly Linear final = Linear(16, 4);
            }
            """;
        Diagnostic[] found = await AnalyzerHarness.AnalyzeAsync(source);
        return
        [
            .. found.Where(diagnostic => diagnostic.DefaultSeverity >= DiagnosticSeverity.Warning)
                .Select(diagnostic => $"{diagnostic.Id}: {diagnostic.GetMessage(System.Globalization.CultureInfo.InvariantCulture)}"),
        ];
    }
}
