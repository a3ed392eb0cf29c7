using System.Composition;
using EarlyExitGen.Generator.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EarlyExitGen.CodeFixes;

/// <summary>Inserts <c>Flatten()</c> before a linear layer that reads a map.</summary>
[Shared]
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(InsertFlattenCodeFix))]
public sealed class InsertFlattenCodeFix() : NetworkCodeFix(Rules.NotFlattened.Id)
{
    private protected override FixChange? Fix(FixRequest request)
    {
        if (request.Node.FirstAncestorOrSelf<InvocationExpressionSyntax>() is not { } linear) return null;
        if (LayerList.EntryOf(linear) is not { } entry) return null;

        // Written like the linear layer: Flatten() or torch.nn.Flatten().
        IdentifierNameSyntax name = SyntaxFactory.IdentifierName("Flatten");
        ExpressionSyntax factory = linear.Expression is MemberAccessExpressionSyntax access ? access.WithName(name) : name;
        InvocationExpressionSyntax flatten = SyntaxFactory.InvocationExpression(factory.WithoutTrivia());
        SyntaxNode inserted = LayerList.Like(entry, flatten, "flatten").WithLeadingTrivia(entry.GetLeadingTrivia());

        // A list that is written one module to a line stays so.
        SyntaxNode root = request.Root.TrackNodes(entry);
        root = root.InsertNodesBefore(root.GetCurrentNode(entry)!, [inserted]);
        if (entry.GetLeadingTrivia().Count == 0)
        {
            SyntaxNode moved = root.GetCurrentNode(entry)!;
            SyntaxToken comma = moved.GetFirstToken().GetPreviousToken();
            root = root.ReplaceToken(comma, comma.WithTrailingTrivia(SyntaxFactory.Space));
        }

        return new FixChange("Insert Flatten() before the linear layer", root);
    }
}
