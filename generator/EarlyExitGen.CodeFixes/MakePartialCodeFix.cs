using System.Composition;
using EarlyExitGen.Generator.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EarlyExitGen.CodeFixes;

/// <summary>Makes a network, or a type around it, partial.</summary>
[Shared]
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(MakePartialCodeFix))]
public sealed class MakePartialCodeFix() : NetworkCodeFix(Rules.NotPartial.Id)
{
    private protected override FixChange? Fix(FixRequest request)
    {
        if (request.Node.FirstAncestorOrSelf<TypeDeclarationSyntax>() is not { } type) return null;

        // C# wants the keyword last.
        SyntaxToken partial = SyntaxFactory.Token(SyntaxKind.PartialKeyword).WithTrailingTrivia(SyntaxFactory.Space);
        TypeDeclarationSyntax mended = type.Modifiers.Count > 0
            ? type.WithModifiers(type.Modifiers.Add(partial))
            : type.WithKeyword(type.Keyword.WithLeadingTrivia())
                .WithModifiers(SyntaxFactory.TokenList(partial.WithLeadingTrivia(type.Keyword.LeadingTrivia)));
        return request.Replace($"Make '{type.Identifier.ValueText}' partial", type, mended);
    }
}
