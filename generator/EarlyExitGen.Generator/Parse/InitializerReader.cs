using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EarlyExitGen.Generator.Parse;

/// <summary>
/// Finds the initialiser that surely made a member's module: that of a field or automatic property which nothing else assigns.
/// </summary>
internal static class InitializerReader
{
    /// <summary>The initialiser's expression, or null when there is none or the module may be another one at run time.</summary>
    public static ExpressionSyntax? Find(ISymbol member, CancellationToken cancellation)
    {
        ExpressionSyntax? initializer = member.DeclaringSyntaxReferences[0].GetSyntax(cancellation) switch
        {
            VariableDeclaratorSyntax variable => variable.Initializer?.Value,
            PropertyDeclarationSyntax property => property.Initializer?.Value,
            _ => null,
        };

        return initializer is not null && !CanBeReplaced(member, cancellation) ? initializer : null;
    }

    private static bool CanBeReplaced(ISymbol member, CancellationToken cancellation)
    {
        bool othersCanAssign = member switch
        {
            IFieldSymbol field => !field.IsReadOnly && field.DeclaredAccessibility != Accessibility.Private,
            IPropertySymbol property => property.SetMethod is { } setter && setter.DeclaredAccessibility != Accessibility.Private,
            _ => true,
        };

        return othersCanAssign || member.ContainingType.DeclaringSyntaxReferences.Any(part =>
            part.GetSyntax(cancellation).DescendantNodes().Any(node => Assigns(node, member.Name)));
    }

    // By name alone: a local of the same name costs an ordinary call at worst, a missed assignment would run the wrong layers.
    private static bool Assigns(SyntaxNode node, string name) => node switch
    {
        AssignmentExpressionSyntax assignment => AssignsTo(assignment.Left, name),
        ArgumentSyntax argument => !argument.RefKindKeyword.IsKind(SyntaxKind.None) && Names(argument.Expression, name),
        RefExpressionSyntax reference => Names(reference.Expression, name),
        _ => false,
    };

    private static bool AssignsTo(ExpressionSyntax target, string name) => target is TupleExpressionSyntax tuple
        ? tuple.Arguments.Any(argument => AssignsTo(argument.Expression, name))
        : Names(target, name);

    private static bool Names(ExpressionSyntax expression, string name) => expression switch
    {
        IdentifierNameSyntax identifier => identifier.Identifier.ValueText == name,
        MemberAccessExpressionSyntax access => access.Name.Identifier.ValueText == name,
        _ => false,
    };
}
