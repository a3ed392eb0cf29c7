using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace EarlyExitGen.Generator.Parse;

/// <summary>Questions about symbols, by name, so that no symbol outlives its compilation.</summary>
internal static class SymbolExtensions
{
    private static readonly SymbolDisplayFormat NameWithContainers = new(
        typeQualificationStyle: SymbolDisplayTypeQualificationStyle.NameAndContainingTypesAndNamespaces);

    /// <summary>Namespace, containing types and name, without type arguments: <c>TorchSharp.torch.nn.Module</c>.</summary>
    public static string FullName(this ISymbol symbol) => symbol.ToDisplayString(NameWithContainers);

    public static bool Is(this ITypeSymbol? type, string fullName, int arity = 0) =>
        type is INamedTypeSymbol named && named.Arity == arity && named.Name == LastPart(fullName) && named.FullName() == fullName;

    public static bool DerivesFrom(this ITypeSymbol? type, string fullName, int arity = 0)
    {
        for (ITypeSymbol? current = type; current is not null; current = current.BaseType)
        {
            if (current.Is(fullName, arity)) return true;
        }

        return false;
    }

    /// <summary>Whether it is a module that takes one tensor and returns one.</summary>
    public static bool IsTensorModule(this ITypeSymbol? type)
    {
        for (ITypeSymbol? current = type; current is not null; current = current.BaseType)
        {
            if (current.Is(KnownNames.Module, arity: 2) && current is INamedTypeSymbol module)
            {
                return module.TypeArguments.All(argument => argument.Is(KnownNames.Tensor));
            }
        }

        return false;
    }

    /// <summary>The name as source text, with a leading @ where C# needs one.</summary>
    public static string Escaped(string name) =>
        SyntaxFacts.GetKeywordKind(name) != SyntaxKind.None || SyntaxFacts.GetContextualKeywordKind(name) != SyntaxKind.None
            ? "@" + name
            : name;

    private static string LastPart(string fullName) => fullName.Substring(fullName.LastIndexOf('.') + 1);
}
