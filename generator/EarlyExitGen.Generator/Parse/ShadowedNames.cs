using System.Collections.Immutable;
using EarlyExitGen.Generator.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EarlyExitGen.Generator.Parse;

/// <summary>
/// Generated code names types simply, as a person would. Where a simple name means something else in the network's class (a type of the
/// author's own called <c>Margin</c>, say), the emitter writes the full name instead.
/// </summary>
internal static class ShadowedNames
{
    public static EquatableArray<string> Find(INamedTypeSymbol type, SourceReader source)
    {
        TypeDeclarationSyntax declaration = (TypeDeclarationSyntax)source.Read(type.DeclaringSyntaxReferences[0]);
        SemanticModel semantics = source.SemanticsOf(declaration);
        int position = declaration.OpenBraceToken.Span.End;
        ImmutableArray<string>.Builder shadowed = ImmutableArray.CreateBuilder<string>();
        foreach (GeneratedType used in GeneratedType.All)
        {
            ImmutableArray<ISymbol> found = semantics.LookupNamespacesAndTypes(position, name: used.Name);
            if (found.Any(symbol => symbol.FullName() != used.FullName)) shadowed.Add(used.Name);
        }

        return new EquatableArray<string>(shadowed.ToImmutable());
    }
}
