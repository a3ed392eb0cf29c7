using System.Composition;
using EarlyExitGen.Generator.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EarlyExitGen.CodeFixes;

/// <summary>Removes the softmax at the end of a head.</summary>
[Shared]
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(RemoveSoftmaxCodeFix))]
public sealed class RemoveSoftmaxCodeFix() : NetworkCodeFix(Rules.HeadEndsInSoftmax.Id)
{
    private const string Title = "Remove the softmax";

    private protected override FixChange? Fix(FixRequest request)
    {
        if (request.Node.FirstAncestorOrSelf<InvocationExpressionSyntax>() is not { } softmax) return null;
        if (LayerList.EntryOf(softmax) is { } entry)
        {
            return LayerList.Count(entry) > 1
                ? new FixChange(Title, request.Root.RemoveNode(entry, SyntaxRemoveOptions.KeepNoTrivia)!)
                : null;
        }

        return Logits(request, softmax) is { } logits
            ? request.Replace(Title, softmax, logits.WithTriviaFrom(softmax))
            : null;
    }

    /// <summary>What a call of the function softmax reads: its receiver or its first argument.</summary>
    private static ExpressionSyntax? Logits(FixRequest request, InvocationExpressionSyntax softmax)
    {
        if (request.Semantics.GetSymbolInfo(softmax, request.Cancellation).Symbol is not IMethodSymbol method) return null;
        if (!method.IsStatic) return softmax.Expression is MemberAccessExpressionSyntax access ? access.Expression : null;
        return softmax.ArgumentList.Arguments is [{ NameColon: null, Expression: var first }, ..] ? first : null;
    }
}
