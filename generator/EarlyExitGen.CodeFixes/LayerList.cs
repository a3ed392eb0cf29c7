using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EarlyExitGen.CodeFixes;

/// <summary>The modules written inside a <c>Sequential(…)</c>, as arguments or as elements of a list, named or not.</summary>
internal static class LayerList
{
    /// <summary>The entry of the list that an expression is in: the argument or element, with its name if it has one.</summary>
    public static SyntaxNode? EntryOf(ExpressionSyntax layer)
    {
        ExpressionSyntax module = layer.Parent is ArgumentSyntax { Parent: TupleExpressionSyntax tuple } ? tuple : layer;
        return module.Parent switch
        {
            ArgumentSyntax { Parent: ArgumentListSyntax { Parent: InvocationExpressionSyntax } } argument
                when IsSequential((InvocationExpressionSyntax)argument.Parent!.Parent!) => argument,
            ExpressionElementSyntax { Parent: CollectionExpressionSyntax } element => element,
            InitializerExpressionSyntax => module,
            _ => null,
        };
    }

    /// <summary>How many modules stand beside an entry, itself included.</summary>
    public static int Count(SyntaxNode entry) => entry.Parent switch
    {
        ArgumentListSyntax list => list.Arguments.Count,
        CollectionExpressionSyntax collection => collection.Elements.Count,
        InitializerExpressionSyntax initializer => initializer.Expressions.Count,
        _ => 0,
    };

    /// <summary>An entry like another, with another module; a named one takes the name.</summary>
    public static SyntaxNode Like(SyntaxNode entry, ExpressionSyntax module, string name)
    {
        ExpressionSyntax value = IsNamed(entry)
            ? SyntaxFactory.ParseExpression($"(\"{name}\", {module})")
            : module;
        SyntaxNode made = entry switch
        {
            ArgumentSyntax => SyntaxFactory.Argument(value),
            ExpressionElementSyntax => SyntaxFactory.ExpressionElement(value),
            _ => value,
        };
        return made;
    }

    private static bool IsNamed(SyntaxNode entry) => entry switch
    {
        ArgumentSyntax { Expression: TupleExpressionSyntax } or ExpressionElementSyntax { Expression: TupleExpressionSyntax } => true,
        _ => entry is TupleExpressionSyntax,
    };

    private static bool IsSequential(InvocationExpressionSyntax call) => call.Expression switch
    {
        IdentifierNameSyntax identifier => identifier.Identifier.ValueText == "Sequential",
        MemberAccessExpressionSyntax access => access.Name.Identifier.ValueText == "Sequential",
        _ => false,
    };
}
