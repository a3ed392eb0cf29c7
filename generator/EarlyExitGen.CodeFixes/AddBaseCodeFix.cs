using System.Composition;
using EarlyExitGen.Generator.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EarlyExitGen.CodeFixes;

/// <summary>Derives a network from <c>EarlyExitModule</c>, instead of what it derives from.</summary>
[Shared]
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(AddBaseCodeFix))]
public sealed class AddBaseCodeFix() : NetworkCodeFix(Rules.WrongBase.Id)
{
    private protected override FixChange? Fix(FixRequest request)
    {
        if (request.Node.FirstAncestorOrSelf<ClassDeclarationSyntax>() is not { } type) return null;

        BaseTypeSyntax module = SyntaxFactory.SimpleBaseType(SyntaxFactory.IdentifierName("EarlyExitModule"));
        return request.Replace("Derive from EarlyExitModule", type, type.BaseList switch
        {
            null => type.WithIdentifier(type.Identifier.WithTrailingTrivia(SyntaxFactory.Space))
                .WithBaseList(SyntaxFactory.BaseList(
                    SyntaxFactory.Token(SyntaxKind.ColonToken).WithTrailingTrivia(SyntaxFactory.Space),
                    SyntaxFactory.SingletonSeparatedList(module))
                .WithTrailingTrivia(type.Identifier.TrailingTrivia)),
            { Types: [var first, ..] } bases when IsClass(request, first) => WithoutBaseArguments(
                type.ReplaceNode(first, module.WithTriviaFrom(first))),
            { Types: var bases } => type.WithBaseList(type.BaseList.WithTypes(bases.Insert(0, module))),
        });
    }

    private static bool IsClass(FixRequest request, BaseTypeSyntax type) =>
        request.Semantics.GetTypeInfo(type.Type, request.Cancellation).Type is { TypeKind: TypeKind.Class };

    // TorchSharp's modules take a name; EarlyExitModule takes nothing.
    private static ClassDeclarationSyntax WithoutBaseArguments(ClassDeclarationSyntax type)
    {
        IEnumerable<ConstructorInitializerSyntax> calls = type.Members.OfType<ConstructorDeclarationSyntax>()
            .Select(constructor => constructor.Initializer)
            .OfType<ConstructorInitializerSyntax>()
            .Where(initializer => initializer.IsKind(SyntaxKind.BaseConstructorInitializer));
        return type.RemoveNodes(calls, SyntaxRemoveOptions.KeepNoTrivia)!;
    }
}
