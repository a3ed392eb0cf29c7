using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EarlyExitGen.Generator.Diagnostics;

/// <summary>Finds the piece of the author's source that a diagnostic is about.</summary>
internal static class Locations
{
    /// <summary>The name in the symbol's declaration.</summary>
    public static Location Of(ISymbol symbol) =>
        symbol.Locations.FirstOrDefault(candidate => candidate.IsInSource) ?? Location.None;

    /// <summary>The first base in the type's base list, or its name when it has none.</summary>
    public static Location OfBase(INamedTypeSymbol type, CancellationToken cancellation)
    {
        foreach (SyntaxReference part in type.DeclaringSyntaxReferences)
        {
            if (Read(part, cancellation) is TypeDeclarationSyntax { BaseList.Types: [var first, ..] }) return first.GetLocation();
        }

        return Of(type);
    }

    /// <summary>The value of a named argument or property of an attribute; the attribute itself when it is left out.</summary>
    public static Location OfNamed(AttributeData attribute, string name, CancellationToken cancellation) => Of(
        attribute, argument => argument.NameEquals?.Name.Identifier.ValueText == name, cancellation);

    /// <summary>The value of a constructor argument of an attribute, by position or parameter name.</summary>
    public static Location OfArgument(AttributeData attribute, int position, string parameter, CancellationToken cancellation)
    {
        AttributeArgumentSyntax? byPosition = Arguments(attribute, cancellation).Skip(position).FirstOrDefault();
        return Of(
            attribute,
            argument => argument.NameColon is { } name
                ? name.Name.Identifier.ValueText == parameter
                : argument.NameEquals is null && argument == byPosition,
            cancellation);
    }

    /// <summary>The whole attribute.</summary>
    public static Location Of(AttributeData attribute, CancellationToken cancellation) =>
        attribute.ApplicationSyntaxReference is { } written ? Read(written, cancellation).GetLocation() : Location.None;

    private static Location Of(AttributeData attribute, Func<AttributeArgumentSyntax, bool> isWanted, CancellationToken cancellation) =>
        Arguments(attribute, cancellation).FirstOrDefault(isWanted)?.Expression.GetLocation() ?? Of(attribute, cancellation);

    private static SeparatedSyntaxList<AttributeArgumentSyntax> Arguments(AttributeData attribute, CancellationToken cancellation) =>
        attribute.ApplicationSyntaxReference is { } written
        && Read(written, cancellation) is AttributeSyntax { ArgumentList.Arguments: var arguments }
            ? arguments
            : default;

    // Where something stands does not change what was parsed, so nothing has to be remembered.
#pragma warning disable RS0030
    private static SyntaxNode Read(SyntaxReference reference, CancellationToken cancellation) => reference.GetSyntax(cancellation);
#pragma warning restore RS0030
}
