using System.Globalization;
using EarlyExitGen.Generator.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace EarlyExitGen.Generator.Tests.Diagnostics;

/// <summary>Each rule has a page: its wrong example makes the rule fire as shown, its right one is silent and compiles.</summary>
public sealed class DiagnosticPageTests
{
    // What makes an exit unreachable is doubtful itself.
    private static readonly Dictionary<string, string> Companions = new() { ["EEG0023"] = "EEG0022" };

    public static TheoryData<string> Ids => [.. Rules.All.Select(rule => rule.Id)];

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task Wrong_example_makes_the_rule_fire_as_the_page_shows(string id)
    {
        string page = DocumentationPage.Read(PageOf(id));
        string[] wrong = DocumentationPage.Sources(DocumentationPage.Section(page, "## Wrong"));

        Diagnostic[] found = await AnalyzerHarness.AnalyzeAsync(wrong);

        Diagnostic[] fired = [.. found.Where(diagnostic => diagnostic.Id == id)];
        Assert.NotEmpty(fired);
        Assert.DoesNotContain(found, diagnostic =>
            diagnostic.Id != id
            && diagnostic.Id != Companions.GetValueOrDefault(id)
            && diagnostic.DefaultSeverity >= DiagnosticSeverity.Warning);
        DocumentationPage.Require(
            PageOf(id), DocumentationPage.WithSection(page, "## What the compiler says", DocumentationPage.Describe(fired)));
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task Right_example_is_silent_and_compiles(string id)
    {
        string[] right = DocumentationPage.Sources(DocumentationPage.Section(DocumentationPage.Read(PageOf(id)), "## Right"));
        CSharpCompilation compilation = AnalyzerHarness.Compile(right);

        Diagnostic[] found = await AnalyzerHarness.AnalyzeAsync(compilation);

        Assert.DoesNotContain(found, diagnostic => diagnostic.Id == id || diagnostic.DefaultSeverity >= DiagnosticSeverity.Warning);
        Assert.Empty(AnalyzerHarness.ErrorsAfterGeneration(compilation));
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Page_opens_with_the_rule(string id)
    {
        DiagnosticDescriptor rule = Rules.All.Single(candidate => candidate.Id == id);

        Assert.StartsWith($"# {id}: {rule.Title}\n\n", DocumentationPage.Read(PageOf(id)), StringComparison.Ordinal);
        Assert.Contains($"generator/docs/{PageOf(id)}", rule.Description.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        Assert.Equal(HelpLinks.Of(id) ?? "", rule.HelpLinkUri);
    }

    private static string PageOf(string id) => $"diagnostics/{id}.md";
}
