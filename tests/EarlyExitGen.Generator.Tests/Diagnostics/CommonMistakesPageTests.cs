using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace EarlyExitGen.Generator.Tests.Diagnostics;

/// <summary>The walk-through shows what the analyzer really says, and its corrected code is silent and compiles.</summary>
public sealed class CommonMistakesPageTests
{
    private const string Page = "common-mistakes.md";

    public static TheoryData<int> Mistakes => [.. Enumerable.Range(1, 10)];

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task Wrong_code_gets_the_message_that_the_page_shows(int number)
    {
        string page = DocumentationPage.Read(Page);

        Diagnostic[] found = await AnalyzerHarness.AnalyzeAsync(Code(page, "Wrong", number));

        // What a layer costs is not the mistake.
        IEnumerable<Diagnostic> told = found.Where(diagnostic => diagnostic.Id is not ("EEG0050" or "EEG0051"));
        Assert.NotEmpty(told);
        DocumentationPage.Require(
            Page, DocumentationPage.WithSection(page, $"### Message: {number}", DocumentationPage.Describe(told)));
    }

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task Right_code_is_silent_and_compiles(int number)
    {
        CSharpCompilation compilation = AnalyzerHarness.Compile(Code(DocumentationPage.Read(Page), "Right", number));

        Diagnostic[] found = await AnalyzerHarness.AnalyzeAsync(compilation);

        Assert.DoesNotContain(found, diagnostic => diagnostic.DefaultSeverity >= DiagnosticSeverity.Warning);
        Assert.Empty(AnalyzerHarness.ErrorsAfterGeneration(compilation));
    }

    private static string[] Code(string page, string kind, int number) =>
        DocumentationPage.Sources(DocumentationPage.Section(page, $"### {kind}: {number}"));
}
