using System.Globalization;
using Microsoft.CodeAnalysis;

namespace EarlyExitGen.Generator.Tests.Diagnostics;

/// <summary>What is said, and not said, of extra inputs beyond the examples on the pages of their rules.</summary>
public sealed class ExtraInputRuleTests
{
    private const string Mask = "[ExtraInput(\"mask\", 4)]";
    private const string Stage = "[Stage] private Tensor Body(Tensor x, Tensor mask) => x * mask;";

    [Theory]
    [InlineData("[ExtraInput(\"mask\", 4, 4)]", "[Stage] private Tensor Body(Tensor x, Tensor mask) => mask.matmul(x.unsqueeze(-1)).squeeze(-1);")]
    [InlineData("[ExtraInput(\"Mask\", 4, Type = ScalarType.Bool)]", "[Stage] private Tensor Body(Tensor x, Tensor Mask) => x.masked_fill(Mask, 0);")]
    [InlineData("[ExtraInput(\"class\", 4)]", "[Stage] private static Tensor Body(Tensor x, Tensor @class) => x + @class;")]
    [InlineData("[ExtraInput(\"features\", 4)]", "[Stage] private Tensor Body(Tensor x, Tensor features) => x + features;")]
    [InlineData("[ExtraInput(\"ids\", 4, Type = ScalarType.Int64)]", "[Stage] private Tensor Body(Tensor x, Tensor ids) => x * ids.ne(0).to(ScalarType.Float32);")]
    public async Task What_can_be_compiled_is_told_nothing_but_that_there_is_no_CPU_pipeline(string declared, string stage)
    {
        Diagnostic[] found = await AnalyzeAsync(declared, stage);

        Diagnostic only = Assert.Single(found);
        Assert.Equal("EEG0051", only.Id);
        Assert.Matches(
            "^'Net' has no CPU pipeline: it takes the extra input '.*', and the CPU pipeline takes one input$",
            only.GetMessage(CultureInfo.InvariantCulture));
        Assert.Empty(AnalyzerHarness.ErrorsAfterGeneration(AnalyzerHarness.Compile(Source(declared, stage))));
    }

    [Theory]
    [InlineData("[ExtraInput(\"mask\", 4), ExtraInput(\"mask\", 4)]", "another one has the same name")]
    [InlineData("[ExtraInput(\"my mask\", 4)]", "its name is no C# identifier, so that no parameter can have it")]
    [InlineData("[ExtraInput(\"\", 4)]", "its name is no C# identifier, so that no parameter can have it")]
    [InlineData("[ExtraInput(null!, 4)]", "its name is no C# identifier, so that no parameter can have it")]
    [InlineData("[ExtraInput(\"logits\", 4)]", "the compiler writes a parameter 'logits' beside it: choose another name")]
    [InlineData("[ExtraInput(\"mask\", 4, 0)]", "expected the shape of one row, one size or more and each above 0, but it is [4, 0]")]
    [InlineData("[ExtraInput(\"mask\", null!)]", "expected the shape of one row, one size or more and each above 0, but it is []")]
    [InlineData("[ExtraInput(\"mask\", 4, Type = ScalarType.Float64)]", "expected Type = Float32, Int64 or Bool")]
    public async Task What_can_not_be_declared_is_told(string declared, string expected)
    {
        Diagnostic[] found = await AnalyzeAsync(declared, "[Stage] private Tensor Body(Tensor x) => x;");

        Diagnostic told = Assert.Single(found, diagnostic => diagnostic.Id == "EEG0071");
        Assert.EndsWith($"can't be compiled: {expected}", told.GetMessage(CultureInfo.InvariantCulture), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("private Tensor Body(Tensor x, Tensor mask) => x * mask.mul_(2);", "code that writes over an extra input, which is the caller's")]
    [InlineData(
        "private Tensor Body(Tensor x, Tensor mask) => x * mask.view(-1, 4).relu_();",
        "code that writes over an extra input, which is the caller's")]
    [InlineData(
        "private readonly ReLU relu = ReLU(inplace: true); [Stage] private Tensor Body(Tensor x, Tensor mask) => x * relu.call(mask);",
        "code that writes over an extra input, which is the caller's")]
    [InlineData(
        "private readonly Module<Tensor, Tensor> own = Softmax2d(); [Stage] private Tensor Body(Tensor x, Tensor mask) => x * own.call(mask);",
        "a Softmax2d that it can't compile")]
    [InlineData("private Tensor Body(Tensor x, Tensor mask) => x.masked_fill(mask, 0);", "masked_fill with another mask than one of Bool")]
    public async Task What_might_write_to_one_stays_an_ordinary_call(string stage, string what)
    {
        Diagnostic[] found = await AnalyzeAsync(Mask, stage.Contains("[Stage]", StringComparison.Ordinal) ? stage : $"[Stage] {stage}");

        Diagnostic told = Assert.Single(found, diagnostic => diagnostic.Id == "EEG0050");
        Assert.Equal(
            $"Stage 'Body' stays an ordinary call, which allocates: the compiler stops at {what}", told.GetMessage(CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("Int64", "x * ids")]
    [InlineData("Bool", "x + ids")]
    public async Task Arithmetic_on_ids_and_truth_values_stays_an_ordinary_call(string type, string body)
    {
        Diagnostic[] found = await AnalyzeAsync(
            $"[ExtraInput(\"ids\", 4, Type = ScalarType.{type})]", $"[Stage] private Tensor Body(Tensor x, Tensor ids) => {body};");

        Diagnostic told = Assert.Single(found, diagnostic => diagnostic.Id == "EEG0050");
        Assert.Contains(
            $"arithmetic on a tensor of {type}, which takes to(ScalarType.Float32) first",
            told.GetMessage(CultureInfo.InvariantCulture),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mask_that_the_network_computes_compiles_for_the_Torch_pipeline_alone()
    {
        Diagnostic[] found = await AnalyzerHarness.AnalyzeAsync(
            "[EarlyExitNetwork(Classes = 3, Input = [4, 4])] public sealed partial class Net : EarlyExitModule"
            + "{ [Stage] private Tensor Body(Tensor x) => functional.scaled_dot_product_attention(x, x, x, x.matmul(x));"
            + "  private readonly Linear head = Linear(4, 3); [Exit] private Tensor Final(Tensor x) => head.call(x.mean([1])); }");

        Assert.Equal(
            "'Net' has no CPU pipeline: Attention: no CPU kernel computes attention with a mask",
            Assert.Single(found).GetMessage(CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task Mask_of_another_size_than_what_it_meets_is_a_misfit_of_shapes() =>
        Assert.Contains(await AnalyzeAsync("[ExtraInput(\"mask\", 5)]", Stage), diagnostic => diagnostic is
        {
            Severity: DiagnosticSeverity.Error, Id: "EEG0031" or "EEG0035" or "EEG0039",
        });

    [Fact]
    public async Task Forward_of_the_authors_own_with_the_same_parameters_is_told() => Assert.Equal(
        ["EEG0010"],
        Ids(await AnalyzeAsync(Mask, $"{Stage} public Tensor forward(Tensor x, Tensor mask) => x;")));

    [Theory]
    [InlineData("sum([1], keepdim: true)")]
    [InlineData("sum(1)")]
    public async Task Gate_may_take_one(string reduction) => Assert.Equal(
        ["EEG0051"],
        Ids(await AnalyzeAsync(
            Mask,
            $"[Stage] private Tensor Body(Tensor x) => x; private Tensor Gate(Tensor x, Tensor mask) => (x * mask).{reduction};"
            + "private readonly Linear easy = Linear(4, 3); [Exit(Criterion.Gate, 0.5, Gate = nameof(Gate))] private Tensor Easy(Tensor x) => easy.call(x);"
            + "[Stage] private readonly Linear deep = Linear(4, 4);")));

    [Theory]
    [InlineData("[ExtraInput(\"mask\", 4)]", "[ExtraInput(\"mask\", 4)]", true)]
    [InlineData("[ExtraInput(\"mask\", 4)]", "[ExtraInput(\"mask\", 1)]", false)]
    [InlineData("[ExtraInput(\"mask\", 4)]", "[ExtraInput(\"mask\", 4), ExtraInput(\"other\", 4)]", false)]
    public void Fingerprint_depends_on_them(string first, string second, bool isSame) =>
        Assert.Equal(isSame, Fingerprint(first) == Fingerprint(second));

    private static string Fingerprint(string declared)
    {
        GeneratorRun run = GeneratorHarness.Run(new EarlyExitGenerator(), AnalyzerHarness.Compile(Source(declared, Stage)));
        string module = run.Result.GeneratedTrees.Single(tree => tree.FilePath.EndsWith("Module.g.cs", StringComparison.Ordinal)).ToString();
        return module.Split('\n').Single(line => line.Contains("Fingerprint:", StringComparison.Ordinal));
    }

    private static string[] Ids(Diagnostic[] found) => [.. found.Select(diagnostic => diagnostic.Id)];

    private static Task<Diagnostic[]> AnalyzeAsync(string declared, string stage) => AnalyzerHarness.AnalyzeAsync(Source(declared, stage));

    private static string Source(string declared, string members) =>
        $"[EarlyExitNetwork(Classes = 3, Input = [4])] {declared} public sealed partial class Net : EarlyExitModule"
        + $" {{ {members} private readonly Linear head = Linear(4, 3); [Exit] private Tensor Final(Tensor x) => head.call(x); }}";
}
