using System.Collections.Immutable;
using System.Text;
using EarlyExitGen.Generator.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EarlyExitGen.Generator.Parse;

/// <summary>Reads where a network's class stands.</summary>
internal static class TypeReader
{
    public static TypeModel Read(INamedTypeSymbol type, SourceReader source)
    {
        List<INamedTypeSymbol> containers = [];
        for (INamedTypeSymbol? outer = type.ContainingType; outer is not null; outer = outer.ContainingType) containers.Insert(0, outer);

        IEnumerable<INamedTypeSymbol> path = containers.Append(type);
        string space = type.ContainingNamespace.IsGlobalNamespace
            ? ""
            : string.Join(".", NamespaceParts(type.ContainingNamespace).Select(SymbolExtensions.Escaped));
        return new TypeModel(
            space,
            new EquatableArray<string>([.. containers.Select(Declaration)]),
            Declaration(type),
            SymbolExtensions.Escaped(type.Name) + TypeParameters(type),
            string.Join(".", path.Select(part => part.Name)),
            string.Join(".", NamespaceParts(type.ContainingNamespace).Concat(path.Select(HintPart))),
            ShadowedNames.Find(type, source));
    }

    public static bool IsPartial(INamedTypeSymbol type, SourceReader source) => type.DeclaringSyntaxReferences.Any(reference =>
        source.Read(reference) is TypeDeclarationSyntax syntax && syntax.Modifiers.Any(SyntaxKind.PartialKeyword));

    private static string Declaration(INamedTypeSymbol type)
    {
        string keyword = type switch
        {
            { IsRecord: true, TypeKind: TypeKind.Struct } => "record struct",
            { IsRecord: true } => "record",
            { TypeKind: TypeKind.Struct } => "struct",
            { TypeKind: TypeKind.Interface } => "interface",
            _ => "class",
        };

        return $"partial {keyword} {SymbolExtensions.Escaped(type.Name)}{TypeParameters(type)}";
    }

    private static string TypeParameters(INamedTypeSymbol type) => type.TypeParameters.IsEmpty
        ? ""
        : $"<{string.Join(", ", type.TypeParameters.Select(parameter => SymbolExtensions.Escaped(parameter.Name)))}>";

    private static string HintPart(INamedTypeSymbol type)
    {
        StringBuilder name = new(type.Name);
        if (type.Arity > 0) name.Append('`').Append(type.Arity.ToString(System.Globalization.CultureInfo.InvariantCulture));
        return name.ToString();
    }

    private static ImmutableArray<string> NamespaceParts(INamespaceSymbol space)
    {
        List<string> parts = [];
        for (INamespaceSymbol current = space; !current.IsGlobalNamespace; current = current.ContainingNamespace)
        {
            parts.Insert(0, current.Name);
        }

        return [.. parts];
    }
}
