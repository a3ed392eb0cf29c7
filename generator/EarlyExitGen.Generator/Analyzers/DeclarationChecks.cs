using EarlyExitGen.Generator.Diagnostics;
using EarlyExitGen.Generator.Parse;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EarlyExitGen.Generator.Analyzers;

/// <summary>What is doubtful about a declaration that the parser can read.</summary>
internal static class DeclarationChecks
{
    public static void Check(NetworkDeclaration network)
    {
        if (network.Type is { IsAbstract: true, IsStatic: false })
        {
            network.Report(Rules.AbstractNetwork, Locations.Of(network.Type), network.Type.Name);
        }

        CheckFiles(network);
        CheckConstructors(network);
        CheckProperties(network);
        CheckSharing(network);
        MemberChecks.Check(network);
        CheckForward(network);
    }

    /// <summary>A class that has stages but was never declared a network.</summary>
    public static void CheckUnmarkedType(INamedTypeSymbol type, Action<Diagnostic> report)
    {
        // An abstract class may hold parts for the networks that derive from it.
        if (type.IsAbstract || !type.DerivesFrom(KnownNames.EarlyExitModule)) return;
        if (type.GetMembers().Any(member => member.GetAttributes().Any(NetworkParser.IsMark)))
        {
            report(Diagnostic.Create(Rules.MissingNetworkAttribute, Locations.Of(type), type.Name));
        }
    }

    private static void CheckForward(NetworkDeclaration network)
    {
        if (!network.Type.DerivesFrom(KnownNames.EarlyExitModule)) return;
        foreach (IMethodSymbol method in network.Type.GetMembers("forward").OfType<IMethodSymbol>())
        {
            if (method is not { IsOverride: true, Parameters: [{ Type: var input }] } || !input.Is(KnownNames.Tensor)) continue;
            network.Report(Rules.OverriddenForward, Locations.Of(method), network.Type.Name);
        }
    }

    private static void CheckFiles(NetworkDeclaration network)
    {
        ISymbol? first = null;
        foreach (ISymbol member in network.Parts.Select(part => part.Symbol))
        {
            first ??= member;
            if (TreeOf(member) == TreeOf(first)) continue;
            network.Report(Rules.SpreadOverFiles, Locations.Of(member), member.Name, first.Name, network.Type.Name);
        }
    }

    // The base constructor registers what the field initialisers made; a constructor's own body runs after it.
    private static void CheckConstructors(NetworkDeclaration network)
    {
        HashSet<string> registered = [.. RegistrationReader.Read(network.Type).Select(registration => registration.Name)];
        foreach (IMethodSymbol constructor in network.Type.InstanceConstructors)
        {
            if (constructor.DeclaringSyntaxReferences is not [var reference]) continue;
            if (network.Source.Read(reference) is not ConstructorDeclarationSyntax declaration) continue;

            int lastRegistration = declaration.DescendantNodes()
                .Where(IsRegistration)
                .Select(call => call.SpanStart)
                .DefaultIfEmpty(-1)
                .Max();
            foreach (AssignmentExpressionSyntax assignment in declaration.DescendantNodes().OfType<AssignmentExpressionSyntax>())
            {
                if (assignment.SpanStart < lastRegistration || AssignedMember(assignment) is not { } name) continue;
                if (!registered.Contains(name)) continue;
                network.Report(Rules.AssignedAfterRegistration, assignment.Left.GetLocation(), name, network.Type.Name);
            }
        }
    }

    // Moving, TorchSharp makes other tensors, and puts them where it finds a member of the registered name that it can assign.
    private static void CheckProperties(NetworkDeclaration network)
    {
        HashSet<string> registered = [.. RegistrationReader.Read(network.Type).Select(registration => registration.Name)];
        foreach (IPropertySymbol property in network.Type.GetMembers().OfType<IPropertySymbol>())
        {
            if (!registered.Contains(property.Name) || !property.Type.DerivesFrom(KnownNames.Tensor)) continue;
            if (property is { DeclaredAccessibility: Accessibility.Public, SetMethod: not null }) continue;
            network.Report(Rules.TensorStaysBehind, Locations.Of(property), property.Name, network.Type.Name);
        }
    }

    private static bool IsRegistration(SyntaxNode node) => node is InvocationExpressionSyntax
    {
        Expression: IdentifierNameSyntax { Identifier.ValueText: "RegisterComponents" }
            or MemberAccessExpressionSyntax { Name.Identifier.ValueText: "RegisterComponents" },
    };

    private static string? AssignedMember(AssignmentExpressionSyntax assignment) => assignment.Left switch
    {
        IdentifierNameSyntax identifier => identifier.Identifier.ValueText,
        MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax } access => access.Name.Identifier.ValueText,
        _ => null,
    };

    private static void CheckSharing(NetworkDeclaration network)
    {
        Dictionary<string, ISymbol> owners = new(StringComparer.Ordinal);
        foreach (ISymbol member in network.Parts.Select(part => part.Symbol))
        {
            if (Alias(member, network.Source) is not { } alias) continue;
            if (!owners.TryGetValue(alias, out ISymbol? owner))
            {
                owners.Add(alias, member);
            }
            else
            {
                network.Report(Rules.SharedModule, Locations.Of(member), owner.Name, member.Name, network.Type.Name);
            }
        }
    }

    /// <summary>The member whose module a part is: its own name, or that of another to which it only refers. Null for a method.</summary>
    public static string? Alias(ISymbol member, SourceReader source)
    {
        if (member is IMethodSymbol) return null;
        ExpressionSyntax? value = source.Read(member.DeclaringSyntaxReferences[0]) switch
        {
            PropertyDeclarationSyntax { ExpressionBody.Expression: var expression } => expression,
            PropertyDeclarationSyntax { Initializer.Value: var initializer } => initializer,
            VariableDeclaratorSyntax { Initializer.Value: var initializer } => initializer,
            _ => null,
        };
        return value switch
        {
            IdentifierNameSyntax identifier => identifier.Identifier.ValueText,
            MemberAccessExpressionSyntax access => access.Name.Identifier.ValueText,
            _ => member.Name,
        };
    }

    private static SyntaxTree TreeOf(ISymbol member) => member.DeclaringSyntaxReferences[0].SyntaxTree;
}
