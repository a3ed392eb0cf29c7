using EarlyExitGen.Generator.Diagnostics;
using EarlyExitGen.Generator.Parse;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace EarlyExitGen.Generator.Analyzers;

/// <summary>Stages and exits whose module is not the network's own, or is not there at all.</summary>
internal static class MemberChecks
{
    public static void Check(NetworkDeclaration network)
    {
        foreach (ISymbol member in network.Parts.Select(part => part.Symbol))
        {
            if (member is not (IFieldSymbol or IPropertySymbol)) continue;
            SyntaxNode declaration = network.Source.Read(member.DeclaringSyntaxReferences[0]);
            if (member.IsStatic)
            {
                network.Report(Rules.StaticMember, Locations.Of(member), member.Name, network.Type.Name);
            }
            else if (Computed(declaration) is { } expression)
            {
                if (!MakesModule(expression, network.Source)) continue;
                network.Report(Rules.ModuleAtEachCall, expression.GetLocation(), member.Name, network.Type.Name);
            }
            else if (IsStored(declaration)
                && IsNull(InitializerOf(declaration))
                && !AssignmentReader.IsAssigned(member, network.Source))
            {
                network.Report(Rules.NeverAssigned, Locations.Of(member), member.Name, network.Type.Name);
            }
        }
    }

    /// <summary>What a property gives each time that it is read; null for anything with storage of its own.</summary>
    private static ExpressionSyntax? Computed(SyntaxNode declaration) => declaration is not PropertyDeclarationSyntax property
        ? null
        : property.ExpressionBody?.Expression ?? Getter(property) switch
        {
            { ExpressionBody: { } arrow } => arrow.Expression,
            { Body.Statements: [ReturnStatementSyntax { Expression: { } returned }] } => returned,
            _ => null,
        };

    private static AccessorDeclarationSyntax? Getter(PropertyDeclarationSyntax property) =>
        property.AccessorList?.Accessors.FirstOrDefault(accessor => accessor.IsKind(SyntaxKind.GetAccessorDeclaration));

    private static bool MakesModule(ExpressionSyntax expression, SourceReader source) =>
        source.Bind(expression) is { } operation
        && WithoutConversion(operation) switch
        {
            IObjectCreationOperation => true,
            IInvocationOperation call => call.TargetMethod.ContainingType?.FullName() == KnownNames.Factories,
            _ => false,
        };

    private static IOperation WithoutConversion(IOperation operation) =>
        operation is IConversionOperation { Operand: var operand } ? WithoutConversion(operand) : operation;

    /// <summary>What stands after the equals sign of a field or property; null without one.</summary>
    private static ExpressionSyntax? InitializerOf(SyntaxNode declaration) => declaration switch
    {
        VariableDeclaratorSyntax variable => variable.Initializer?.Value,
        PropertyDeclarationSyntax property => property.Initializer?.Value,
        _ => null,
    };

    // An abstract, partial or hand-written property is assigned in ways of its own.
    private static bool IsStored(SyntaxNode declaration) => declaration switch
    {
        VariableDeclaratorSyntax => true,
        PropertyDeclarationSyntax property => Getter(property) is { Body: null, ExpressionBody: null }
            && !property.Modifiers.Any(SyntaxKind.AbstractKeyword)
            && !property.Modifiers.Any(SyntaxKind.PartialKeyword),
        _ => false,
    };

    private static bool IsNull(ExpressionSyntax? value) => value switch
    {
        null => true,
        PostfixUnaryExpressionSyntax { Operand: var operand } => IsNull(operand),
        LiteralExpressionSyntax literal =>
            literal.IsKind(SyntaxKind.NullLiteralExpression) || literal.IsKind(SyntaxKind.DefaultLiteralExpression),
        DefaultExpressionSyntax => true,
        _ => false,
    };
}
