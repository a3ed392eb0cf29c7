using System.Reflection;
using System.Text.RegularExpressions;
using EarlyExitGen.Generator.Diagnostics;
using Microsoft.CodeAnalysis;

namespace EarlyExitGen.Generator.Tests.Diagnostics;

/// <summary>The rules, the release files and the table in the documentation say the same.</summary>
public sealed partial class RuleTableTests
{
    private const string TablePage = "diagnostics/README.md";

    [Fact]
    public void Every_rule_is_listed_once()
    {
        DiagnosticDescriptor[] declared =
        [
            .. typeof(Rules).GetFields(BindingFlags.Public | BindingFlags.Static)
                .Select(field => field.GetValue(null)).OfType<DiagnosticDescriptor>(),
        ];

        Assert.Equal(declared.Select(rule => rule.Id).Order(StringComparer.Ordinal), Rules.All.Select(rule => rule.Id));
        Assert.Equal(declared.Length, declared.DistinctBy(rule => rule.Id).Count());
    }

    [Fact]
    public void Release_files_list_every_rule_as_it_is()
    {
        IEnumerable<string> expected = Rules.All.Select(rule => $"{rule.Id} | {rule.Category} | {rule.DefaultSeverity} | {rule.Title}");

        Assert.Equal(expected, ReleasedRules().Select(rule => string.Join(" | ", rule)));
    }

    [Fact]
    public void Only_errors_are_fatal()
    {
        foreach (DiagnosticDescriptor rule in Rules.All)
        {
            bool isFatal = rule.CustomTags.Contains(WellKnownDiagnosticTags.NotConfigurable);
            Assert.True(!isFatal || rule.DefaultSeverity == DiagnosticSeverity.Error, rule.Id);
        }
    }

    [Fact]
    public void Table_of_the_documentation_is_that_of_the_release_files()
    {
        string page = DocumentationPage.Read(TablePage);
        IEnumerable<string> rows = ReleasedRules().Select(rule =>
            $"| [{rule[0]}]({rule[0]}.md) | {rule[1]["EarlyExitGen.".Length..]} | {rule[2]} | {rule[3]} |");
        string table = string.Join("\n", ["| Id | Category | Severity | Rule |", "|---|---|---|---|", .. rows]);

        DocumentationPage.Require(TablePage, DocumentationPage.WithSection(page, "## All rules", table));
    }

    [Fact]
    public void Every_page_belongs_to_a_rule()
    {
        IEnumerable<string> pages = Directory.EnumerateFiles(Path.Combine(DocumentationPage.Folder, "diagnostics"), "EEG*.md")
            .Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal);

        Assert.Equal(Rules.All.Select(rule => rule.Id), pages);
    }

    /// <summary>The rows of both release files by id: id, category, severity, title.</summary>
    private static IEnumerable<string[]> ReleasedRules() => new[] { "AnalyzerReleases.Shipped.md", "AnalyzerReleases.Unshipped.md" }
        .SelectMany(name => File.ReadLines(Path.Combine(DocumentationPage.Folder, "..", "EarlyExitGen.Generator", name)))
        .Where(line => RuleRow().IsMatch(line))
        .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
        .OrderBy(row => row[0], StringComparer.Ordinal);

    [GeneratedRegex(@"^EEG\d{4} ")]
    private static partial Regex RuleRow();
}
