using System.Composition;
using EarlyExitGen.Generator.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EarlyExitGen.CodeFixes;

/// <summary>Moves the criterion of the last exit to the exit that lacks one; without such an exit it only removes it.</summary>
[Shared]
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(MoveCriterionCodeFix))]
public sealed class MoveCriterionCodeFix() : NetworkCodeFix(Rules.CriterionOnFinalExit.Id, Rules.MissingCriterion.Id)
{
    // Two diagnostics of one network have the same fix: applied to both at once, it would undo itself.
    /// <inheritdoc/>
    public override FixAllProvider? GetFixAllProvider() => null;

    private protected override FixChange? Fix(FixRequest request)
    {
        if (request.Node.FirstAncestorOrSelf<ClassDeclarationSyntax>() is not { } type) return null;

        AttributeSyntax[] exits =
        [
            .. type.Members.SelectMany(member => member.AttributeLists)
                .SelectMany(list => list.Attributes)
                .Where(attribute => IsNamed(attribute, "Exit")),
        ];
        if (exits.Length == 0 || !HasCriterion(exits[exits.Length - 1])) return null;

        AttributeSyntax last = exits[exits.Length - 1];
        AttributeSyntax bare = SyntaxFactory.Attribute(SyntaxFactory.IdentifierName("Exit")).WithTriviaFrom(last);
        AttributeSyntax[] without = [.. exits.Where(exit => !HasCriterion(exit))];
        return without switch
        {
            [] => request.Replace("Remove the criterion", last, bare),
            [var lacking] => new FixChange(
                "Move the criterion to the exit that lacks one",
                request.Root.ReplaceNodes([lacking, last], (old, _) => old == last ? bare : last.WithTriviaFrom(lacking))),
            _ => null,
        };
    }

    private static bool HasCriterion(AttributeSyntax exit) => exit.ArgumentList is { Arguments.Count: > 0 };
}
