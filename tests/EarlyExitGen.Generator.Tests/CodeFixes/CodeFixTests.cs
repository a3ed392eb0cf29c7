using EarlyExitGen.CodeFixes;
using EarlyExitGen.Generator.Tests.Diagnostics;
using Microsoft.CodeAnalysis;

namespace EarlyExitGen.Generator.Tests.CodeFixes;

public sealed class CodeFixTests
{
    private const string Stem =
        "[Stage] private readonly Sequential stem = Sequential(Conv2d(1, 16, 3, padding: 1), ReLU(), MaxPool2d(2));";
    private const string Final = "[Exit] private readonly Sequential final = Sequential(Flatten(), Linear(3136, 10));";

    [Fact]
    public async Task Network_and_containers_become_partial()
    {
        const string Source = """
            public class Outer
            {
                // Inside.
                [EarlyExitNetwork(Classes = 10, Input = [1, 28, 28])]
                class Net : EarlyExitModule
                {
                    [Stage] private readonly Flatten stem = Flatten();
                    [Exit] private readonly Linear final = Linear(784, 10);
                }
            }
            """;
        string expected = Source.Replace("public class", "public partial class", StringComparison.Ordinal)
            .Replace("    class Net", "    partial class Net", StringComparison.Ordinal);

        Assert.Equal(expected, await CodeFixHarness.FixAllAsync(new MakePartialCodeFix(), Source));
        await RequireMendedAsync(expected);
    }

    [Theory]
    [InlineData("Net", "Net : EarlyExitModule")]
    [InlineData("Net : IDisposable", "Net : EarlyExitModule, IDisposable")]
    [InlineData("Net : object", "Net : EarlyExitModule")]
    public async Task Base_is_added_or_replaced(string declared, string expected)
    {
        string source = Network(declared, Stem, Final);

        string? mended = await CodeFixHarness.FixAsync(new AddBaseCodeFix(), "EEG0002", source);

        Assert.Equal(Network(expected, Stem, Final), mended);
    }

    [Fact]
    public async Task Name_for_another_base_is_dropped()
    {
        string source = Network("Net : torch.nn.Module<Tensor, Tensor>", "public Net() : base(\"Net\") { }", Stem, Final);

        string? mended = await CodeFixHarness.FixAsync(new AddBaseCodeFix(), "EEG0002", source);

        Assert.Contains("class Net : EarlyExitModule\n", mended, StringComparison.Ordinal);
        Assert.DoesNotContain("base(", mended, StringComparison.Ordinal);
        await RequireMendedAsync(mended!);
    }

    [Fact]
    public async Task Final_exit_is_as_wide_as_the_features()
    {
        string? mended = await CodeFixHarness.FixAsync(new AddFinalExitCodeFix(), "EEG0004", Network("Net : EarlyExitModule", Stem));

        Assert.Equal(Network("Net : EarlyExitModule", Stem, Final), mended);
        await RequireMendedAsync(mended!);
    }

    [Fact]
    public async Task Final_exit_follows_the_last_stage_and_avoids_taken_names()
    {
        string source = Network("Net : EarlyExitModule", Stem, "private readonly int final = 3;", "public int Answer => final;");

        string? mended = await CodeFixHarness.FixAsync(new AddFinalExitCodeFix(), "EEG0004", source);

        string exit = Final.Replace("Sequential final", "Sequential finalExit", StringComparison.Ordinal);
        Assert.Equal(
            Network("Net : EarlyExitModule", Stem, exit, "private readonly int final = 3;", "public int Answer => final;"), mended);
        await RequireMendedAsync(mended!);
    }

    [Theory]
    [InlineData("EEG0006")]
    [InlineData("EEG0011")]
    public async Task Criterion_moves_to_the_exit_that_lacks_one(string id)
    {
        string easy = Final.Replace("final", "easy", StringComparison.Ordinal);
        string source = Network("Net : EarlyExitModule", Stem, easy, WithRule(Final));

        string? mended = await CodeFixHarness.FixAsync(new MoveCriterionCodeFix(), id, source);

        Assert.Equal(Network("Net : EarlyExitModule", Stem, WithRule(easy), Final), mended);
        await RequireMendedAsync(mended!);
    }

    [Fact]
    public async Task Criterion_that_no_exit_lacks_is_removed()
    {
        string source = Network("Net : EarlyExitModule", Stem, WithRule(Final));

        string? mended = await CodeFixHarness.FixAsync(new MoveCriterionCodeFix(), "EEG0011", source);

        Assert.Equal(Network("Net : EarlyExitModule", Stem, Final), mended);
    }

    [Theory]
    [InlineData("Sequential(Linear(3136, 10))", "Sequential(Flatten(), Linear(3136, 10))")]
    [InlineData("Sequential(ReLU(), Linear(3136, 10))", "Sequential(ReLU(), Flatten(), Linear(3136, 10))")]
    [InlineData("Sequential([ReLU(), Linear(3136, 10)])", "Sequential([ReLU(), Flatten(), Linear(3136, 10)])")]
    [InlineData("Sequential(ReLU(), torch.nn.Linear(3136, 10))", "Sequential(ReLU(), torch.nn.Flatten(), torch.nn.Linear(3136, 10))")]
    [InlineData(
        "Sequential((\"a\", ReLU()), (\"b\", Linear(3136, 10)))",
        "Sequential((\"a\", ReLU()), (\"flatten\", Flatten()), (\"b\", Linear(3136, 10)))")]
    public async Task Flatten_is_inserted_before_the_linear_layer(string head, string expected)
    {
        string source = Network("Net : EarlyExitModule", Stem, Head(head));

        string? mended = await CodeFixHarness.FixAsync(new InsertFlattenCodeFix(), "EEG0032", source);

        Assert.Equal(Network("Net : EarlyExitModule", Stem, Head(expected)), mended);
        await RequireMendedAsync(mended!);
    }

    [Theory]
    [InlineData("Sequential(Flatten(), Linear(16 * 7 * 7, 10))", "Sequential(Flatten(), Linear(3136, 10))", "EEG0031")]
    [InlineData(
        "Sequential(Flatten(), Linear(outputSize: 10, inputSize: 100))",
        "Sequential(Flatten(), Linear(outputSize: 10, inputSize: 3136))",
        "EEG0031")]
    [InlineData(
        "Sequential(BatchNorm2d(3), Flatten(), Linear(3136, 10))", "Sequential(BatchNorm2d(16), Flatten(), Linear(3136, 10))", "EEG0030")]
    [InlineData("Sequential(Flatten(), Linear(3136, 12))", "Sequential(Flatten(), Linear(3136, 10))", "EEG0036")]
    public async Task Sizes_become_what_arrives(string head, string expected, string id)
    {
        string source = Network("Net : EarlyExitModule", Stem, Head(head));

        string? mended = await CodeFixHarness.FixAsync(new CorrectSizeCodeFix(), id, source);

        Assert.Equal(Network("Net : EarlyExitModule", Stem, Head(expected)), mended);
        await RequireMendedAsync(mended!);
    }

    [Fact]
    public async Task All_sizes_of_a_file_are_corrected_at_once()
    {
        string first = Network("First : EarlyExitModule", Stem, Head("Sequential(Flatten(), Linear(1, 10))"));
        string second = Network("Second : EarlyExitModule", Stem, Head("Sequential(Flatten(), Linear(2, 10))"));

        string mended = await CodeFixHarness.FixAllAsync(new CorrectSizeCodeFix(), $"{first}\n\n{second}");

        Assert.Equal(
            $"{Network("First : EarlyExitModule", Stem, Final)}\n\n{Network("Second : EarlyExitModule", Stem, Final)}", mended);
        await RequireMendedAsync(mended);
    }

    [Theory]
    [InlineData("Sequential(Flatten(), Linear(3136, 10), Softmax(1))", "Sequential(Flatten(), Linear(3136, 10))")]
    [InlineData("Sequential(Flatten(), Linear(3136, 10), LogSoftmax(1))", "Sequential(Flatten(), Linear(3136, 10))")]
    [InlineData(
        "Sequential((\"a\", Flatten()), (\"b\", Linear(3136, 10)), (\"c\", Softmax(1)))",
        "Sequential((\"a\", Flatten()), (\"b\", Linear(3136, 10)))")]
    public async Task Softmax_layer_is_removed(string head, string expected)
    {
        string source = Network("Net : EarlyExitModule", Stem, Head(head));

        string? mended = await CodeFixHarness.FixAsync(new RemoveSoftmaxCodeFix(), "EEG0040", source);

        Assert.Equal(Network("Net : EarlyExitModule", Stem, Head(expected)), mended);
        await RequireMendedAsync(mended!);
    }

    [Theory]
    [InlineData("functional.softmax(linear.call(x.flatten(1)), 1)")]
    [InlineData("linear.call(x.flatten(1)).softmax(1)")]
    public async Task Softmax_function_is_removed(string body)
    {
        const string Linear = "private readonly Linear linear = Linear(3136, 10);";
        string source = Network("Net : EarlyExitModule", Stem, Linear, $"[Exit] private Tensor Final(Tensor x) => {body};");

        string? mended = await CodeFixHarness.FixAsync(new RemoveSoftmaxCodeFix(), "EEG0040", source);

        Assert.Equal(
            Network("Net : EarlyExitModule", Stem, Linear, "[Exit] private Tensor Final(Tensor x) => linear.call(x.flatten(1));"), mended);
        await RequireMendedAsync(mended!);
    }

    [Theory]
    [InlineData("Criterion.Confidence, 90", "Criterion.Confidence, 0.955", "EEG0021")]
    [InlineData("Criterion.Confidence, 0.1", "Criterion.Confidence, 0.145", "EEG0022")]
    [InlineData("Criterion.Entropy, -0.5", "Criterion.Entropy, 0.115", "EEG0021")]
    [InlineData("Criterion.Margin, double.PositiveInfinity", "Criterion.Margin, 0.95", "EEG0020")]
    public async Task Threshold_is_put_into_its_range(string rule, string expected, string id)
    {
        string easy = Final.Replace("final", "easy", StringComparison.Ordinal);
        string wrong = easy.Replace("Exit", $"Exit({rule})", StringComparison.Ordinal);
        string right = easy.Replace("Exit", $"Exit({expected})", StringComparison.Ordinal);
        string source = Network("Net : EarlyExitModule", Stem, wrong, Deeper, DeeperFinal);

        string? mended = await CodeFixHarness.FixAsync(new ClampThresholdCodeFix(), id, source);

        Assert.Equal(Network("Net : EarlyExitModule", Stem, right, Deeper, DeeperFinal), mended);
        await RequireMendedAsync(mended!);
    }

    [Theory]
    [InlineData(Stem, Final, "1, 28, 28")]
    [InlineData("[Stage] private readonly Linear stem = Linear(7, 3136);", "[Exit] private readonly Linear final = Linear(3136, 10);", "7")]
    [InlineData(
        "[Stage] private readonly Flatten stem = Flatten();",
        "[Exit] private readonly Linear final = Linear(3072, 10);", "3, 32, 32")]
    public async Task Input_shape_is_one_for_which_all_layers_fit(string stage, string exit, string expected)
    {
        string source = Network("Net : EarlyExitModule", stage, exit);
        string undeclared = source.Replace(", Input = [1, 28, 28]", "", StringComparison.Ordinal);

        string? mended = await CodeFixHarness.FixAsync(new AddInputShapeCodeFix(), "EEG0038", undeclared);

        Assert.Equal(source.Replace("1, 28, 28", expected, StringComparison.Ordinal), mended);
        await RequireMendedAsync(mended!);
    }

    [Fact]
    public async Task Nothing_is_offered_where_no_shape_fits()
    {
        string source = Network("Net : EarlyExitModule", Stem, Head("Sequential(Flatten(), Linear(3, 10))"))
            .Replace(", Input = [1, 28, 28]", "", StringComparison.Ordinal);

        Assert.Null(await CodeFixHarness.FixAsync(new AddInputShapeCodeFix(), "EEG0038", source));
    }

    private const string Deeper =
        "[Stage] private readonly Sequential body = Sequential(Conv2d(16, 32, 3, padding: 1), ReLU(), AdaptiveAvgPool2d(1));";
    private const string DeeperFinal = "[Exit] private readonly Sequential final = Sequential(Flatten(), Linear(32, 10));";

    private static string Network(string declaration, params string[] members) =>
        $"[EarlyExitNetwork(Classes = 10, Input = [1, 28, 28])]\npublic sealed partial class {declaration}\n{{\n"
        + string.Concat(members.Select(member => $"    {member}\n"))
        + "}";

    private static string Head(string initializer) => $"[Exit] private readonly Sequential final = {initializer};";

    private static string WithRule(string exit) => exit.Replace("[Exit]", "[Exit(Criterion.Entropy, 0.3)]", StringComparison.Ordinal);

    /// <summary>Requires that no error or warning is left, and that what is generated compiles.</summary>
    private static async Task RequireMendedAsync(string source)
    {
        Diagnostic[] found = await AnalyzerHarness.AnalyzeAsync(source);
        Assert.DoesNotContain(found, diagnostic => diagnostic.DefaultSeverity >= DiagnosticSeverity.Warning);
        Assert.Empty(AnalyzerHarness.ErrorsAfterGeneration(AnalyzerHarness.Compile(source)));
    }
}
