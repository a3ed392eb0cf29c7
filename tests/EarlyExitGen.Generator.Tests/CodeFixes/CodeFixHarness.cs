using System.Collections.Immutable;
using EarlyExitGen.CodeFixes;
using EarlyExitGen.Generator.Tests.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;

namespace EarlyExitGen.Generator.Tests.CodeFixes;

/// <summary>Applies a code fix as an editor does.</summary>
internal static class CodeFixHarness
{
    /// <summary>The source after the fix of the first diagnostic with this id; null when the fix has nothing to offer.</summary>
    public static async Task<string?> FixAsync(NetworkCodeFix fix, string id, string source)
    {
        using AdhocWorkspace workspace = new();
        Document document = AddDocument(workspace, source);
        Diagnostic[] found = await DiagnoseAsync(document);
        Assert.Contains(found, diagnostic => diagnostic.Id == id);

        List<CodeAction> offered = [];
        CodeFixContext context = new(
            document, found.First(diagnostic => diagnostic.Id == id), (action, _) => offered.Add(action), Cancellation);
        await fix.RegisterCodeFixesAsync(context);
        return offered is [var only, ..] ? await ApplyAsync(only, document.Id) : null;
    }

    /// <summary>The source after all diagnostics that the fix mends are mended at once.</summary>
    public static async Task<string> FixAllAsync(NetworkCodeFix fix, string source)
    {
        using AdhocWorkspace workspace = new();
        Document document = AddDocument(workspace, source);
        FixAllContext context = new(
            document, fix, FixAllScope.Document, fix.GetType().Name, fix.FixableDiagnosticIds, new DocumentDiagnostics(), Cancellation);
        CodeAction? action = await fix.GetFixAllProvider()!.GetFixAsync(context);
        Assert.NotNull(action);
        return await ApplyAsync(action, document.Id);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static Document AddDocument(AdhocWorkspace workspace, string source)
    {
        CSharpCompilation compilation = AnalyzerHarness.Compile();
        Project project = workspace.AddProject("Networks", LanguageNames.CSharp)
            .WithCompilationOptions(compilation.Options)
            .WithParseOptions(compilation.SyntaxTrees[0].Options)
            .WithMetadataReferences(compilation.References)
            .AddDocument("Prelude.cs", GeneratorHarness.Prelude).Project;
        return project.AddDocument("Source.cs", source);
    }

    private static async Task<string> ApplyAsync(CodeAction action, DocumentId document)
    {
        ImmutableArray<CodeActionOperation> operations = await action.GetOperationsAsync(Cancellation);
        Solution changed = operations.OfType<ApplyChangesOperation>().Single().ChangedSolution;
        return (await changed.GetDocument(document)!.GetTextAsync(Cancellation)).ToString().ReplaceLineEndings("\n");
    }

    private static async Task<Diagnostic[]> DiagnoseAsync(Document document)
    {
        SyntaxTree? tree = await document.GetSyntaxTreeAsync(Cancellation);
        Compilation? compilation = await document.Project.GetCompilationAsync(Cancellation);
        Diagnostic[] found = await AnalyzerHarness.AnalyzeAsync((CSharpCompilation)compilation!);
        return [.. found.Where(diagnostic => diagnostic.Location.SourceTree == tree)];
    }

    private sealed class DocumentDiagnostics : FixAllContext.DiagnosticProvider
    {
        public override async Task<IEnumerable<Diagnostic>> GetDocumentDiagnosticsAsync(
            Document document, CancellationToken cancellationToken) => await DiagnoseAsync(document);

        public override Task<IEnumerable<Diagnostic>> GetProjectDiagnosticsAsync(Project project, CancellationToken cancellationToken) =>
            Task.FromResult<IEnumerable<Diagnostic>>([]);

        public override Task<IEnumerable<Diagnostic>> GetAllDiagnosticsAsync(Project project, CancellationToken cancellationToken) =>
            Task.FromResult<IEnumerable<Diagnostic>>([]);
    }
}
