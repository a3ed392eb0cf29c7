using System.Globalization;
using Microsoft.CodeAnalysis;

namespace EarlyExitGen.Generator.Tests.Diagnostics;

/// <summary>What the rules say, and do not say, beyond the examples on their pages.</summary>
public sealed class RuleDetailTests
{
    private const string Stem = "[Stage] private readonly Linear stem = Linear(8, 4);";
    private const string Final = "[Exit] private readonly Linear final = Linear(4, 3);";

    [Theory]
    [InlineData("public required Sequential Part { get; init; }")]
    [InlineData("public Sequential Part { get; set; } = null!;")]
    [InlineData("private readonly Sequential part; public Net() { part = Sequential(ReLU()); RegisterComponents(); }")]
    [InlineData("private Sequential Part => made; private readonly Sequential made = Sequential(ReLU());")]
    [InlineData("private static Tensor Part(Tensor x) => x;")]
    [InlineData("private Sequential Part { get; } = Sequential(ReLU());")]
    public async Task Member_with_a_module_of_its_own_is_fine(string member) =>
        Assert.Empty(await IdsAsync($"{Stem} [Stage] {member} {Final}"));

    [Theory]
    [InlineData("private static Sequential Part { get; } = Sequential(ReLU());", "EEG0060")]
    [InlineData("private Sequential Part { get { return Sequential(ReLU()); } }", "EEG0061")]
    [InlineData("private Sequential Part { get => Sequential(ReLU()); }", "EEG0061")]
    [InlineData("private Module<Tensor, Tensor> Part => new Own(); private sealed class Own() : Module<Tensor, Tensor>(\"own\")"
        + " { public override Tensor forward(Tensor x) => x; }", "EEG0061")]
    [InlineData("private readonly Sequential part;", "EEG0062")]
    [InlineData("private Sequential Part { get; } = default!;", "EEG0062")]
    [InlineData("private Sequential? part = null;", "EEG0062")]
    public async Task Member_without_a_module_of_its_own_is_told(string member, string expected) =>
        Assert.Equal([expected], await IdsAsync($"{Stem} [Stage] {member} {Final}"));

    [Theory]
    [InlineData("public Parameter Own { get; } = Parameter(torch.zeros(4));", true)]
    [InlineData("internal Tensor Own { get; private set; } = torch.zeros(4);", true)]
    [InlineData("public Parameter Own { get; private set; } = Parameter(torch.zeros(4));", false)]
    [InlineData("public Tensor Own => torch.zeros(4);", false)]
    [InlineData("private readonly Parameter own = Parameter(torch.zeros(4));", false)]
    [InlineData("private Linear Own { get; } = Linear(4, 4);", false)]
    public async Task Tensor_in_a_property_that_nothing_can_set_is_told(string member, bool isTold) =>
        Assert.Equal(isTold ? ["EEG0047"] : [], await IdsAsync($"{Stem} {member} {Final}"));

    [Theory]
    [InlineData("x + positions", null)]
    [InlineData("x + wrong", "EEG0039")]
    public async Task Parameter_that_does_not_fit_is_told(string body, string? expected) => Assert.Equal(
        expected is null ? [] : [expected],
        await IdsAsync(
            $"{Stem} [Stage] private Tensor Add(Tensor x) => {body}; private readonly Parameter positions = Parameter(torch.zeros(1, 4)); "
            + $"private readonly Parameter wrong = Parameter(torch.zeros(3)); {Final}"));

    [Fact]
    public async Task Forward_of_another_signature_is_no_override() =>
        Assert.Empty(await IdsAsync($"{Stem} {Final} public Tensor forward(Tensor x, int times) => x;"));

    [Theory]
    [InlineData("Confidence", "EEG0045")]
    [InlineData("Entropy", "EEG0045")]
    [InlineData("Margin", "EEG0045")]
    [InlineData("NormalizedEntropy", "EEG0045")]
    [InlineData("Energy", null)]
    public async Task Criterion_over_one_class(string criterion, string? expected)
    {
        string[] ids = await IdsAsync(
            $"[Stage] private readonly Linear stem = Linear(8, 4); "
            + $"[Exit(Criterion.{criterion}, 0.5)] private readonly Linear easy = Linear(4, 1);"
            + "[Stage] private readonly Linear body = Linear(4, 4); [Exit] private readonly Linear final = Linear(4, 1);",
            classes: 1);

        Assert.Equal(expected is null ? [] : [expected], ids);
    }

    [Fact]
    public async Task Exit_below_an_unusable_stage_is_not_told_to_lack_one() =>
        Assert.Equal(["EEG0007"], await IdsAsync($"[Stage] private readonly int stem = 1; {Final}"));

    [Theory]
    [InlineData("Criterion.Confidence", "0.5", "0.9", true)]
    [InlineData("Criterion.Confidence", "0.9", "0.5", false)]
    [InlineData("Criterion.Entropy", "0.6", "0.2", true)]
    [InlineData("Criterion.Entropy", "0.2", "0.6", false)]
    public async Task Exits_that_share_a_head_are_compared(string criterion, string first, string second, bool unreachable)
    {
        string[] ids = await IdsAsync(
            $"{Stem} [Exit({criterion}, {first})] private readonly Linear easy = Linear(4, 3);"
            + $"[Exit({criterion}, {second})] private Linear Again => easy;"
            + $"[Stage] private readonly Linear body = Linear(4, 4); {Final}");

        Assert.Equal(unreachable, ids.Contains("EEG0023"));
    }

    [Theory]
    [InlineData("public int Plan;", true)]
    [InlineData("protected void Freeze() { }", true)]
    [InlineData("private int Plan() => 1;", false)]
    public async Task Base_may_not_take_a_reserved_name(string member, bool told)
    {
        string[] sources =
        [
            $"[EarlyExitNetwork(Classes = 3, Input = [8])] public sealed partial class Net : Parts {{ {Stem} {Final} }}",
            $"public abstract class Parts : EarlyExitModule {{ {member} }}",
        ];

        Diagnostic[] found = await AnalyzerHarness.AnalyzeAsync(sources);

        Assert.Equal(told, found.Any(diagnostic => diagnostic.Id == "EEG0010"));
        if (!told) Assert.Empty(AnalyzerHarness.ErrorsAfterGeneration(AnalyzerHarness.Compile(sources)));
    }

    [Fact]
    public async Task Partial_is_asked_for_in_words_that_fit_the_type()
    {
        Diagnostic[] found = await AnalyzerHarness.AnalyzeAsync(
            $"public class Outer {{ [EarlyExitNetwork(Classes = 3)] public class Net : EarlyExitModule {{ {Stem} {Final} }} }}");

        Assert.Contains("'Net' must be partial: the compiler adds members to it", Messages(found));
        Assert.Contains("'Outer' must be partial: the compiler adds members to 'Net' inside it", Messages(found));
    }

    [Fact]
    public async Task Record_is_told_that_it_is_one()
    {
        Diagnostic[] found = await AnalyzerHarness.AnalyzeAsync("[EarlyExitNetwork(Classes = 3)] public partial record Net;");

        Assert.Equal(["'Net' must derive from EarlyExitModule, but it is a record, which can't: write a class"], Messages(found));
    }

    private static async Task<string[]> IdsAsync(string members, int classes = 3)
    {
        Diagnostic[] found = await AnalyzerHarness.AnalyzeAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"[EarlyExitNetwork(Classes = {classes}, Input = [8])] public sealed partial class Net : EarlyExitModule {{ {members} }}"));
        return [.. found.Where(diagnostic => diagnostic.DefaultSeverity >= DiagnosticSeverity.Warning).Select(diagnostic => diagnostic.Id)];
    }

    private static string[] Messages(Diagnostic[] found) =>
        [.. found.Select(diagnostic => diagnostic.GetMessage(CultureInfo.InvariantCulture))];
}
