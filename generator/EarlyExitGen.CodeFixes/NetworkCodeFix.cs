using System.Collections.Immutable;
using EarlyExitGen.Generator.Analyzers;
using EarlyExitGen.Generator.Model;
using EarlyExitGen.Generator.Parse;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EarlyExitGen.CodeFixes;

/// <summary>The base of every fix: one change of one document for each diagnostic, all at once on demand.</summary>
public abstract class NetworkCodeFix : CodeFixProvider
{
    private protected NetworkCodeFix(params ImmutableArray<string> fixableIds) => FixableDiagnosticIds = fixableIds;

    /// <inheritdoc/>
    public sealed override ImmutableArray<string> FixableDiagnosticIds { get; }

    /// <inheritdoc/>
    public override FixAllProvider? GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

    /// <inheritdoc/>
    public sealed override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        SyntaxNode? root = await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false);
        SemanticModel? semantics = await context.Document.GetSemanticModelAsync(context.CancellationToken).ConfigureAwait(false);
        if (root is null || semantics is null) return;

        foreach (Diagnostic diagnostic in context.Diagnostics)
        {
            SyntaxNode node = root.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true);
            FixRequest request = new(root, node, diagnostic, semantics, context.CancellationToken);
            if (Fix(request) is not { } change) continue;

            Document changed = context.Document.WithSyntaxRoot(change.Root);
            context.RegisterCodeFix(
                CodeAction.Create(change.Title, _ => Task.FromResult(changed), equivalenceKey: GetType().Name), diagnostic);
        }
    }

    /// <summary>The change that mends the diagnostic; null when there is none.</summary>
    private protected abstract FixChange? Fix(FixRequest request);

    /// <summary>The network that a class declares, with its shapes; null when it has errors that leave none.</summary>
    private protected static AnalyzedNetwork? Analyze(Compilation compilation, INamedTypeSymbol type, CancellationToken cancellation)
    {
        AttributeData? attribute = type.GetAttributes().FirstOrDefault(candidate =>
            candidate.AttributeClass.Is(KnownNames.NetworkAttribute));
        if (attribute is null) return null;

        NetworkSyntax syntax = new(static _ => { });
        SourceReader source = new(compilation, cancellation);
        NetworkModel? model = new NetworkParser(source, syntax).Parse(type, attribute);
        return model is null
            ? null
            : AnalyzedNetwork.Infer(new NetworkDeclaration(type, attribute, syntax, source), model);
    }

    /// <summary>Whether an attribute is written as <c>[name]</c>, whatever its arguments, type arguments and qualification.</summary>
    private protected static bool IsNamed(AttributeSyntax attribute, string name)
    {
        string written = attribute.Name switch
        {
            QualifiedNameSyntax qualified => qualified.Right.Identifier.ValueText,
            AliasQualifiedNameSyntax alias => alias.Name.Identifier.ValueText,
            SimpleNameSyntax simple => simple.Identifier.ValueText,
            _ => "",
        };
        return written == name || written == name + "Attribute";
    }

    private protected static LiteralExpressionSyntax Number(string text) => (LiteralExpressionSyntax)SyntaxFactory.ParseExpression(text);
}

/// <summary>A diagnostic that is to be mended, and where it stands.</summary>
internal sealed record FixRequest(
    SyntaxNode Root, SyntaxNode Node, Diagnostic Diagnostic, SemanticModel Semantics, CancellationToken Cancellation)
{
    /// <summary>The document with one node replaced, under a title that says what that does.</summary>
    public FixChange Replace(string title, SyntaxNode old, SyntaxNode replacement) => new(title, Root.ReplaceNode(old, replacement));
}

/// <summary>A changed document.</summary>
internal sealed record FixChange(string Title, SyntaxNode Root);
