using System.Collections.Immutable;
using EarlyExitGen.Generator.Analyzers;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace EarlyExitGen.Generator.Tests.Diagnostics;

/// <summary>Runs the analyzer over sources that see what a project with the README's imports sees.</summary>
internal static class AnalyzerHarness
{
    /// <summary>What the analyzer says about the sources, in the order in which it stands in them, each at its own severity.</summary>
    public static async Task<Diagnostic[]> AnalyzeAsync(params string[] sources) => await AnalyzeAsync(Compile(sources));

    /// <inheritdoc cref="AnalyzeAsync(string[])"/>
    public static async Task<Diagnostic[]> AnalyzeAsync(CSharpCompilation compilation)
    {
        CompilationWithAnalyzersOptions options = new(
            new AnalyzerOptions([]),
            onAnalyzerException: null,
            concurrentAnalysis: false,
            logAnalyzerExecutionTime: false);

        // As in a build: analyzers see the class with the members that the generator has added.
        Compilation built = GeneratorHarness.Run(new EarlyExitGenerator(), compilation).Output;
        ImmutableArray<Diagnostic> found = await built.WithAnalyzers([new NetworkAnalyzer()], options)
            .GetAnalyzerDiagnosticsAsync(TestContext.Current.CancellationToken);

        // AD0001 is the compiler's own word for an analyzer that threw.
        Assert.DoesNotContain(found, diagnostic => diagnostic.Id == "AD0001");
        return
        [
            .. found.OrderBy(diagnostic => diagnostic.Location.SourceTree?.FilePath, StringComparer.Ordinal)
                .ThenBy(diagnostic => diagnostic.Location.SourceSpan.Start)
                .ThenBy(diagnostic => diagnostic.Id, StringComparer.Ordinal),
        ];
    }

    /// <summary>
    /// What the analyzer says about sources to which the generator has added its own. It is called directly: the compiler's driver would
    /// bind every body first, which costs many times what the analyzer does.
    /// </summary>
    public static Diagnostic[] AnalyzeBuilt(CSharpCompilation built)
    {
        List<Diagnostic> found = [];
        foreach (INamedTypeSymbol type in TypesIn(built.Assembly.GlobalNamespace))
        {
            NetworkAnalyzer.Analyze(type, built, found.Add, TestContext.Current.CancellationToken);
        }

        return [.. found];
    }

    private static IEnumerable<INamedTypeSymbol> TypesIn(INamespaceOrTypeSymbol container) => container.GetMembers()
        .OfType<INamespaceOrTypeSymbol>()
        .SelectMany(inner => inner is INamedTypeSymbol type ? TypesIn(inner).Prepend(type) : TypesIn(inner));

    /// <summary>A library of the sources after the usual imports, in which warnings stay warnings.</summary>
    public static CSharpCompilation Compile(params string[] sources)
    {
        CSharpCompilation compilation = GeneratorHarness.Compile([GeneratorHarness.Prelude, .. sources]);
        return compilation.WithOptions(compilation.Options.WithGeneralDiagnosticOption(ReportDiagnostic.Default));
    }

    /// <summary>The errors that are left once the generator has run.</summary>
    public static IEnumerable<Diagnostic> ErrorsAfterGeneration(CSharpCompilation compilation) =>
        GeneratorHarness.Run(new EarlyExitGenerator(), compilation).Output.GetDiagnostics(TestContext.Current.CancellationToken)
            .Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
}
