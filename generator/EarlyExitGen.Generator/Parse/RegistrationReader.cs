using System.Collections.Immutable;
using EarlyExitGen.Generator.Model;
using Microsoft.CodeAnalysis;

namespace EarlyExitGen.Generator.Parse;

/// <summary>Lists the modules, parameters and buffers that a network registers, its own and those of its bases.</summary>
internal static class RegistrationReader
{
    public static EquatableArray<RegistrationModel> Read(INamedTypeSymbol network)
    {
        List<INamedTypeSymbol> types = [];
        for (INamedTypeSymbol? type = network; type is not null && !type.Is(KnownNames.EarlyExitModule); type = type.BaseType)
        {
            types.Insert(0, type);
        }

        ImmutableArray<RegistrationModel>.Builder registrations = ImmutableArray.CreateBuilder<RegistrationModel>();
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (ISymbol member in types.SelectMany(type => type.GetMembers()))
        {
            bool isOwn = SymbolEqualityComparer.Default.Equals(member.ContainingType, network);
            if (IsComponent(member) && (isOwn || IsInherited(member)) && names.Add(member.Name))
            {
                registrations.Add(new RegistrationModel(member.Name, "this." + SymbolExtensions.Escaped(member.Name)));
            }
        }

        return new EquatableArray<RegistrationModel>(registrations.ToImmutable());
    }

    private static bool IsComponent(ISymbol member) => member switch
    {
        { IsStatic: true } or { IsImplicitlyDeclared: true } => false,
        IFieldSymbol field => IsComponentType(field.Type),
        IPropertySymbol property => IsComponentType(property.Type) && IsAutomatic(property),
        _ => false,
    };

    private static bool IsComponentType(ITypeSymbol type) =>
        type.DerivesFrom(KnownNames.Module) || type.DerivesFrom(KnownNames.Tensor);

    private static bool IsAutomatic(IPropertySymbol property) => property.ContainingType.GetMembers().Any(member =>
        member is IFieldSymbol field && SymbolEqualityComparer.Default.Equals(field.AssociatedSymbol, property));

    private static bool IsInherited(ISymbol member) =>
        member.DeclaredAccessibility is Accessibility.Public or Accessibility.Protected or Accessibility.ProtectedOrInternal;
}
