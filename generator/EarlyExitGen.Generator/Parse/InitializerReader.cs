using EarlyExitGen.Generator.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EarlyExitGen.Generator.Parse;

/// <summary>
/// Finds the initialiser that surely made a member's module: that of a field or automatic property which nothing else assigns.
/// </summary>
internal static class InitializerReader
{
    /// <summary>The initialiser's expression, or why nothing is known of the module at run time.</summary>
    public static (ExpressionSyntax? Initializer, Obstacle? Obstacle) Find(ISymbol member, SourceReader source)
    {
        SyntaxNode declaration = source.Read(member.DeclaringSyntaxReferences[0]);
        ExpressionSyntax? initializer = declaration switch
        {
            VariableDeclaratorSyntax variable => variable.Initializer?.Value,
            PropertyDeclarationSyntax property => property.Initializer?.Value,
            _ => null,
        };

        if (initializer is null)
        {
            string what = member is IMethodSymbol ? "a method, whose body it does not read" : "a member without an initialiser";
            return (null, new Obstacle(declaration, what));
        }

        if (OthersCanAssign(member)) return (null, new Obstacle(declaration, "a member that other classes can assign"));
        return FindAssignment(member, source) is { } assignment
            ? (null, new Obstacle(assignment, "an assignment that replaces the initialiser's module"))
            : (initializer, null);
    }

    private static bool OthersCanAssign(ISymbol member) => member switch
    {
        IFieldSymbol field => !field.IsReadOnly && field.DeclaredAccessibility != Accessibility.Private,
        IPropertySymbol property => property.SetMethod is { } setter && setter.DeclaredAccessibility != Accessibility.Private,
        _ => true,
    };

    /// <summary>What in the author's own code assigns a member after its initialiser; null when nothing does.</summary>
    /// <remarks>The analyzer sees the generated members too, whose pipelines have fields of the same names.</remarks>
    public static SyntaxNode? FindAssignment(ISymbol member, SourceReader source) => member.ContainingType
        .DeclaringSyntaxReferences
        .Where(part => !GeneratedFile.Is(part.SyntaxTree.FilePath))
        .SelectMany(part => source.Read(part).DescendantNodes())
        .FirstOrDefault(node => Assigns(node, member.Name));

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
