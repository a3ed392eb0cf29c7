using EarlyExitGen.Generator.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EarlyExitGen.Generator.Parse;

/// <summary>
/// Finds what could replace a member's value after its object was made: then the value that its constructor gave it says nothing of the
/// running program.
/// </summary>
internal static class AssignmentReader
{
    /// <summary>What can replace it; null when nothing can.</summary>
    public static Obstacle? FindReplacement(ISymbol member, SourceReader source)
    {
        if (member.DeclaringSyntaxReferences is not [var declaration, ..]) return null;
        if (OthersCanAssign(member)) return new Obstacle(source.Read(declaration), "a member that other classes can assign");
        return FindAssignment(member, source) is { } assignment
            ? new Obstacle(assignment, "an assignment that replaces what the constructor made")
            : null;
    }

    /// <summary>Whether anything can give a member a value after its initialiser, constructors among it.</summary>
    public static bool IsAssigned(ISymbol member, SourceReader source) =>
        OthersCanAssign(member) || OwnCode(member, source, inConstructors: true).Any(node => Assigns(node, member.Name));

    private static bool OthersCanAssign(ISymbol member) => member switch
    {
        IFieldSymbol field => !field.IsReadOnly && field.DeclaredAccessibility != Accessibility.Private,
        IPropertySymbol property => property.SetMethod is { } setter
            && setter.DeclaredAccessibility != Accessibility.Private,
        _ => false,
    };

    /// <summary>What in the author's own code assigns a member outside of constructors; null when nothing does.</summary>
    private static SyntaxNode? FindAssignment(ISymbol member, SourceReader source) =>
        OwnCode(member, source, inConstructors: false).FirstOrDefault(node => Assigns(node, member.Name));

    // The analyzer sees the generated members too, whose pipelines have fields of the same names.
    private static IEnumerable<SyntaxNode> OwnCode(ISymbol member, SourceReader source, bool inConstructors) => member.ContainingType
        .DeclaringSyntaxReferences
        .Where(part => !GeneratedFile.Is(part.SyntaxTree.FilePath))
        .SelectMany(part => source.Read(part).DescendantNodes(node => inConstructors || node is not ConstructorDeclarationSyntax));

    // By name alone: a local of the same name costs an ordinary call at worst, a missed assignment would run the wrong layers.
    private static bool Assigns(SyntaxNode node, string name) => node switch
    {
        AssignmentExpressionSyntax assignment => AssignsTo(assignment.Left, name),
        PostfixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.PostIncrementExpression or (int)SyntaxKind.PostDecrementExpression } postfix =>
            Names(postfix.Operand, name),
        PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.PreIncrementExpression or (int)SyntaxKind.PreDecrementExpression } prefix =>
            Names(prefix.Operand, name),
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
