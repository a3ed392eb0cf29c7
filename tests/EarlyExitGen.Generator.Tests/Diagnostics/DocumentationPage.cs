using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace EarlyExitGen.Generator.Tests.Diagnostics;

/// <summary>Reads and checks the pages under <c>generator/docs</c>, whose examples are tests.</summary>
internal static partial class DocumentationPage
{
    /// <summary>Set to write what the pages should say into them, instead of comparing.</summary>
    private const string WriteVariable = "EARLYEXITGEN_WRITE_DOCS";

    /// <summary>The folder of the documentation.</summary>
    public static string Folder { get; } = Path.Combine(
        Assembly.GetExecutingAssembly().GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(data => data.Key == "Verify.SolutionDirectory").Value!,
        "generator",
        "docs");

    /// <summary>The text of a page, with the line ends of the repository.</summary>
    public static string Read(string name) => File.ReadAllText(Path.Combine(Folder, name)).ReplaceLineEndings("\n");

    /// <summary>Requires the page to be as given, or writes it.</summary>
    public static void Require(string name, string expected)
    {
        string actual = Read(name);
        if (expected != actual && Environment.GetEnvironmentVariable(WriteVariable) is { Length: > 0 })
        {
            File.WriteAllText(Path.Combine(Folder, name), expected);
            return;
        }

        Assert.Equal(expected, actual);
    }

    /// <summary>The section under a heading, without the heading and the empty lines around it.</summary>
    public static string Section(string page, string heading)
    {
        int start = page.IndexOf($"{heading}\n", StringComparison.Ordinal);
        Assert.True(start >= 0, $"There is no heading '{heading}'.");
        start += heading.Length + 1;
        int level = heading.TakeWhile(character => character == '#').Count();
        Match next = Regex.Match(page[start..], $"^#{{1,{level.ToString(CultureInfo.InvariantCulture)}}} ", RegexOptions.Multiline);
        return page.Substring(start, next.Success ? next.Index : page.Length - start).Trim('\n');
    }

    /// <summary>The page with another section under a heading.</summary>
    public static string WithSection(string page, string heading, string content)
    {
        string old = Section(page, heading);
        return old.Length == 0
            ? page.Replace($"{heading}\n\n", $"{heading}\n\n{content}\n\n", StringComparison.Ordinal)
            : page.Replace($"{heading}\n\n{old}", $"{heading}\n\n{content}", StringComparison.Ordinal);
    }

    /// <summary>The blocks of C# in a section: one source file each, or several where comments name files.</summary>
    public static string[] Sources(string section)
    {
        string code = CodeBlock().Match(section).Groups["code"].Value;
        Assert.NotEqual("", code);
        return FileName().IsMatch(code)
            ? [.. FileName().Split(code).Where(part => part.Trim().Length > 0)]
            : [code];
    }

    /// <summary>Diagnostics as a compiler prints them and an editor draws them.</summary>
    public static string Describe(IEnumerable<Diagnostic> diagnostics)
    {
        StringBuilder text = new();
        text.Append("```text\n");
        foreach (Diagnostic diagnostic in diagnostics)
        {
            SourceText source = diagnostic.Location.SourceTree!.GetText();
            TextLine line = source.Lines.GetLineFromPosition(diagnostic.Location.SourceSpan.Start);
            string code = line.ToString();
            string shown = code.TrimStart();
            int start = diagnostic.Location.SourceSpan.Start - line.Start - (code.Length - shown.Length);
            int length = Math.Min(diagnostic.Location.SourceSpan.Length, shown.Length - start);
            string severity = diagnostic.DefaultSeverity.ToString().ToLowerInvariant();
            string message = diagnostic.GetMessage(CultureInfo.InvariantCulture);
            text.Append(CultureInfo.InvariantCulture, $"{severity} {diagnostic.Id}: {message}\n");
            text.Append(CultureInfo.InvariantCulture, $"    {shown}\n");
            text.Append(CultureInfo.InvariantCulture, $"    {new string(' ', start)}{new string('~', length)}\n");
        }

        return text.Append("```").ToString();
    }

    [GeneratedRegex("```csharp\n(?<code>.*?)\n```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"^// [\w.]+\.cs\n", RegexOptions.Multiline)]
    private static partial Regex FileName();
}
