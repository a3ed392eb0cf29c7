using System.Globalization;
using System.Runtime.CompilerServices;
using EarlyExitGen.Generator.Tests.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace EarlyExitGen.Generator.Tests.Incrementality;

/// <summary>What an edit makes run again, and that nothing of an old compilation survives it.</summary>
public sealed class IncrementalityTests
{
    private const string Network = """
        namespace Edited;

        [EarlyExitNetwork(Classes = 10, Input = [1, 28, 28])]
        public sealed partial class First : EarlyExitModule
        {
            [Stage] private readonly Sequential stem = Sequential(Conv2d(1, 16, 3, padding: 1), ReLU(), MaxPool2d(2));
            [Exit(Criterion.Entropy, 0.3)] private readonly Sequential easy = Sequential(Flatten(), Linear(16 * 14 * 14, 10));
            [Stage] private readonly Sequential body = Sequential(Conv2d(16, 32, 3, padding: 1), ReLU(), MaxPool2d(2));
            [Exit] private readonly Sequential final = Sequential(Flatten(), Linear(32 * 7 * 7, 10));
        }
        """;

    private const string Other = """
        namespace Edited;

        [EarlyExitNetwork(Classes = 2, Input = [3])]
        public sealed partial class Second : EarlyExitModule
        {
            [Stage] private readonly Linear stem = Linear(3, 4);
            [Exit] private readonly Linear final = Linear(4, 2);
        }
        """;

    private const string Unrelated = "namespace Edited;\n\npublic static class Helper { public static int Answer => 42; }";

    private static readonly string[] Steps =
        [EarlyExitGenerator.Steps.Parse, EarlyExitGenerator.Steps.AmbiguousNames, EarlyExitGenerator.Steps.Lower];

    [Fact]
    public void Comment_changes_no_step() =>
        RequireReasons(
            Edit(0, Network, "[Stage] private readonly Sequential body", "/* deep */ [Stage] private readonly Sequential body"),
            changedNetworks: 0);

    [Fact]
    public void Moving_the_class_down_changes_no_step() =>
        RequireReasons(
            Edit(0, Network, "namespace Edited;", "namespace Edited;\n\n\n"),
            changedNetworks: 0);

    [Fact]
    public void Edit_of_another_file_changes_no_step() =>
        RequireReasons(
            Edit(2, Unrelated, "42", "43"),
            changedNetworks: 0);

    [Fact]
    public void Edit_of_a_member_that_is_no_part_changes_no_step() =>
        RequireReasons(
            Edit(0, Network, "    [Stage] private readonly Sequential stem", "    public int Number => 1;\n    [Stage] private readonly Sequential stem"),
            changedNetworks: 0);

    [Fact]
    public void Edit_of_another_network_changes_that_one_alone() =>
        RequireReasons(
            Edit(1, Other, "Linear(3, 4)", "Linear(3, 4, hasBias: false)"),
            changedNetworks: 1);

    [Fact]
    public void Threshold_changes_its_network() =>
        RequireReasons(
            Edit(0, Network, "0.3", "0.4"),
            changedNetworks: 1);

    [Fact]
    public void Layer_changes_its_network() =>
        RequireReasons(
            Edit(0, Network, "ReLU(), MaxPool2d(2));\n    [Exit(", "GELU(), MaxPool2d(2));\n    [Exit("),
            changedNetworks: 1);

    [Fact]
    public void Edited_network_gives_what_a_fresh_run_gives()
    {
        string edited = Network.Replace("0.3", "0.4", StringComparison.Ordinal);

        GeneratorRun incremental = Edit(0, edited);
        GeneratorRun fresh = GeneratorHarness.Run(new EarlyExitGenerator(), AnalyzerHarness.Compile(edited, Other, Unrelated));

        Assert.Equal(Texts(fresh), Texts(incremental));
    }

    [Fact]
    public void Old_compilations_die()
    {
        (GeneratorDriver driver, WeakReference old) = RunTwice();

        for (int attempt = 0; attempt < 10 && old.IsAlive; attempt++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.False(old.IsAlive);
        GC.KeepAlive(driver);
    }

    [Fact]
    public void Hostile_culture_gives_the_same_bytes()
    {
        string[] expected = Texts(GeneratorHarness.Run(new EarlyExitGenerator(), AnalyzerHarness.Compile(Network, Other)));
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = Hostile();

            Assert.Equal(expected, Texts(GeneratorHarness.Run(new EarlyExitGenerator(), AnalyzerHarness.Compile(Network, Other))));
        }
        finally
        {
            CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = before;
        }
    }

    /// <summary>Writes numbers that no compiler reads.</summary>
    private static CultureInfo Hostile()
    {
        CultureInfo culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NumberDecimalSeparator = "٫";
        culture.NumberFormat.NumberGroupSeparator = "’";
        culture.NumberFormat.NegativeSign = "−";
        culture.NumberFormat.PercentSymbol = "٪";
        culture.NumberFormat.NaNSymbol = "keine Zahl";
        return culture;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (GeneratorDriver Driver, WeakReference Old) RunTwice()
    {
        CSharpCompilation compilation = AnalyzerHarness.Compile(Network, Other, Unrelated);
        GeneratorRun first = GeneratorHarness.Run(new EarlyExitGenerator(), compilation);
        CSharpCompilation edited = Replace(compilation, 0, Network.Replace("0.3", "0.4", StringComparison.Ordinal));
        return (GeneratorHarness.Run(first.Driver, edited).Driver, new WeakReference(compilation));
    }

    /// <summary>The second run after one of the sources was edited.</summary>
    private static GeneratorRun Edit(int source, string text, string old, string replacement)
    {
        Assert.Contains(old, text, StringComparison.Ordinal);
        return Edit(source, text.Replace(old, replacement, StringComparison.Ordinal));
    }

    /// <summary>The second run after one of the sources was edited.</summary>
    private static GeneratorRun Edit(int source, string text)
    {
        CSharpCompilation compilation = AnalyzerHarness.Compile(Network, Other, Unrelated);
        GeneratorRun first = GeneratorHarness.Run(new EarlyExitGenerator(), compilation);
        CSharpCompilation edited = Replace(compilation, source, text);
        Assert.NotEqual(compilation.SyntaxTrees[source + 1].ToString(), edited.SyntaxTrees[source + 1].ToString());
        return GeneratorHarness.Run(first.Driver, edited);
    }

    // The prelude is the first tree.
    private static CSharpCompilation Replace(CSharpCompilation compilation, int source, string text)
    {
        SyntaxTree tree = compilation.SyntaxTrees[source + 1];
        return compilation.ReplaceSyntaxTree(
            tree, CSharpSyntaxTree.ParseText(text, (CSharpParseOptions)tree.Options, tree.FilePath, System.Text.Encoding.UTF8));
    }

    private static void RequireReasons(GeneratorRun run, int changedNetworks)
    {
        GeneratorRunResult result = run.Result.Results.Single();
        foreach (string step in Steps)
        {
            int changed = result.TrackedSteps[step].SelectMany(tracked => tracked.Outputs).Count(output => !IsUnchanged(output.Reason));
            Assert.Equal(step == EarlyExitGenerator.Steps.AmbiguousNames ? 0 : changedNetworks, changed);
        }

        int written = result.TrackedOutputSteps.SelectMany(pair => pair.Value).SelectMany(tracked => tracked.Outputs)
            .Count(output => !IsUnchanged(output.Reason));
        Assert.Equal(changedNetworks, written);
    }

    private static bool IsUnchanged(IncrementalStepRunReason reason) =>
        reason is IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged;

    private static string[] Texts(GeneratorRun run) =>
        [.. run.Result.GeneratedTrees.OrderBy(tree => tree.FilePath, StringComparer.Ordinal).Select(tree => $"{tree.FilePath}\n{tree}")];
}
