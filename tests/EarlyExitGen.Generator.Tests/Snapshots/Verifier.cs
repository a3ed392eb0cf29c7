using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using DiffEngine;
using Microsoft.CodeAnalysis;
using Xunit.v3;

namespace VerifyXunit;

/// <summary>
/// Snapshot tests by the conventions of Verify.XunitV3 and Verify.SourceGenerators, for feeds that don't have those packages:
/// <c>Class.Method#HintName.verified.cs</c> lies beside the test; what differs is written to <c>.received.</c> and opened in the
/// developer's diff tool, never on a build server. To accept a snapshot, rename <c>.received.</c> to <c>.verified.</c>. To use the
/// packages, reference them and delete this file and its tests.
/// </summary>
public static class Verifier
{
    /// <summary>Compares every source that the driver generated, and its diagnostics, with their snapshots.</summary>
    public static Task Verify(GeneratorDriver driver, [CallerFilePath] string sourceFile = "")
    {
        ArgumentNullException.ThrowIfNull(driver);
        GeneratorDriverRunResult result = driver.GetRunResult();
        List<SnapshotText> texts = [];
        if (!result.Diagnostics.IsEmpty) texts.Add(new SnapshotText("", "txt", Describe(result.Diagnostics)));
        foreach (GeneratedSourceResult source in result.Results.SelectMany(run => run.GeneratedSources))
        {
            texts.Add(new SnapshotText(
                $"#{Path.GetFileNameWithoutExtension(source.HintName)}", "cs", $"//HintName: {source.HintName}\n{source.SourceText}"));
        }

        return new SnapshotFolder(FolderOf(sourceFile)).CompareAsync(PrefixOfCurrentTest(), texts);
    }

    /// <summary>Compares a text with its snapshot.</summary>
    public static Task Verify(string target, string extension = "txt", [CallerFilePath] string sourceFile = "") =>
        new SnapshotFolder(FolderOf(sourceFile)).CompareAsync(PrefixOfCurrentTest(), [new SnapshotText("", extension, target)]);

    // A deterministic build maps the repository's root to /_/ in the paths that the compiler hands out.
    private static string FolderOf(string sourceFile)
    {
        const string MappedRoot = "/_/";
        string root = Assembly.GetExecutingAssembly().GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(data => data.Key == "Verify.SolutionDirectory").Value!;
        string path = sourceFile.StartsWith(MappedRoot, StringComparison.Ordinal)
            ? Path.Combine(root, sourceFile[MappedRoot.Length..])
            : sourceFile;
        return Path.GetDirectoryName(path)!;
    }

    private static string PrefixOfCurrentTest()
    {
        if (TestContext.Current.Test is not IXunitTest test) throw new InvalidOperationException("Verify runs inside a test.");

        IXunitTestMethod method = test.TestCase.TestMethod;
        StringBuilder prefix = new($"{method.TestClass.Class.Name}.{method.Method.Name}");
        foreach ((ParameterInfo parameter, object? value) in method.Parameters.Zip(test.TestMethodArguments))
        {
            prefix.Append(CultureInfo.InvariantCulture, $"_{parameter.Name}={value ?? "null"}");
        }

        return prefix.ToString();
    }

    private static string Describe(IEnumerable<Diagnostic> diagnostics)
    {
        IEnumerable<string> blocks = diagnostics.Select(diagnostic => $$"""
                {
                  Location: {{diagnostic.Location.GetLineSpan()}},
                  Message: {{diagnostic.GetMessage(CultureInfo.InvariantCulture)}},
                  Severity: {{diagnostic.Severity}},
                  Descriptor: {
                    Id: {{diagnostic.Descriptor.Id}},
                    Title: {{diagnostic.Descriptor.Title.ToString(CultureInfo.InvariantCulture)}},
                    MessageFormat: {{diagnostic.Descriptor.MessageFormat.ToString(CultureInfo.InvariantCulture)}},
                    Category: {{diagnostic.Descriptor.Category}},
                    DefaultSeverity: {{diagnostic.Descriptor.DefaultSeverity}},
                    IsEnabledByDefault: {{(diagnostic.Descriptor.IsEnabledByDefault ? "true" : "false")}}
                  }
                }
            """);
        return $"{{\n  Diagnostics: [\n{string.Join(",\n", blocks)}\n  ]\n}}";
    }
}

/// <summary>One text to compare: its name after the test's (<c>#Name</c> or nothing), its file extension and its content.</summary>
internal sealed record SnapshotText(string Name, string Extension, string Content);

/// <summary>The snapshots in the folder of one test class.</summary>
internal sealed class SnapshotFolder(string path, bool openDiffTool = true)
{
    /// <summary>
    /// Compares all the texts of one test. A missing snapshot, one that differs and one that no text belongs to all fail.
    /// </summary>
    public async Task CompareAsync(string prefix, IReadOnlyList<SnapshotText> texts)
    {
        HashSet<string> verifiedFiles = [];
        List<string> problems = [];
        foreach (SnapshotText text in texts)
        {
            string verified = Path.Combine(path, $"{prefix}{text.Name}.verified.{text.Extension}");
            string received = Path.Combine(path, $"{prefix}{text.Name}.received.{text.Extension}");
            if (!verifiedFiles.Add(verified)) throw new InvalidOperationException($"Two texts are named {Path.GetFileName(verified)}.");

            string content = Normalize(text.Content);
            if (File.Exists(verified) && Normalize(await File.ReadAllTextAsync(verified)) == content)
            {
                File.Delete(received);
                DiffRunner.Kill(received, verified);
                continue;
            }

            problems.Add(File.Exists(verified)
                ? $"NotEqual: {Path.GetFileName(received)}\n  {FirstDifference(Normalize(await File.ReadAllTextAsync(verified)), content)}"
                : $"New: {Path.GetFileName(received)}");
            await File.WriteAllTextAsync(received, content + "\n");
            if (openDiffTool && !BuildServerDetector.Detected) await DiffRunner.LaunchForTextAsync(received, verified);
        }

        problems.AddRange(FilesOf(prefix).Where(file => !verifiedFiles.Contains(file)).Select(file => $"Delete: {Path.GetFileName(file)}"));
        if (problems.Count > 0) throw new SnapshotException($"Directory: {path}\n{string.Join("\n", problems)}");
    }

    /// <summary>The snapshots below a folder whose class or method is gone from the assembly.</summary>
    public static IReadOnlyList<string> Orphans(string root, Assembly assembly)
    {
        HashSet<string> tests =
            [.. assembly.GetTypes().SelectMany(type => type.GetMethods(), (type, method) => $"{type.Name}.{method.Name}")];
        return [.. Directory.EnumerateFiles(root, "*.verified.*", SearchOption.AllDirectories)
            .Where(file => !IsBuildOutput(Path.GetRelativePath(root, file)) && !tests.Contains(TestOf(Path.GetFileName(file))))
            .Order(StringComparer.Ordinal)];
    }

    private static bool IsBuildOutput(string relative) => relative.Split('/', '\\')[0] is "bin" or "obj";

    // Class.Method, then #Name, _parameter=value or .verified.
    private static string TestOf(string fileName)
    {
        string test = fileName[..fileName.IndexOf(".verified.", StringComparison.Ordinal)].Split('#')[0];
        int value = test.IndexOf('=', StringComparison.Ordinal);
        return value < 0 ? test : test[..test.LastIndexOf('_', value)];
    }

    private IEnumerable<string> FilesOf(string prefix) =>
        Directory.EnumerateFiles(path, $"{prefix}#*.verified.*").Concat(Directory.EnumerateFiles(path, $"{prefix}.verified.*"))
            .Order(StringComparer.Ordinal);

    // Editors and git may add a byte order mark, carriage returns and a last newline; none of them is the generator's.
    private static string Normalize(string text)
    {
        string unified = text.TrimStart('\uFEFF').ReplaceLineEndings("\n");
        return unified.EndsWith('\n') ? unified[..^1] : unified;
    }

    private static string FirstDifference(string verified, string received)
    {
        string[] expected = verified.Split('\n');
        string[] actual = received.Split('\n');
        int line = 0;
        while (line < expected.Length && line < actual.Length && expected[line] == actual[line]) line++;
        return $"line {line + 1}\n" +
               $"  Verified: {expected.ElementAtOrDefault(line) ?? "(end)"}\n" +
               $"  Received: {actual.ElementAtOrDefault(line) ?? "(end)"}";
    }
}

/// <summary>A snapshot is missing, differs or belongs to nothing.</summary>
public sealed class SnapshotException(string message) : Exception(message);
