using EarlyExitGen.Generator.Diagnostics;
using EarlyExitGen.Generator.Model;
using Microsoft.CodeAnalysis;

namespace EarlyExitGen.Generator.Parse;

/// <content>What is asked of the class itself.</content>
internal sealed partial class NetworkParser
{
    private void CheckType(INamedTypeSymbol network)
    {
        if (network.IsFileLocal || ContainersOf(network).Any(container => container.IsFileLocal))
        {
            ReportFatal(Rules.FileLocal, network, network.Name);
        }

        if (network.IsStatic)
        {
            ReportFatal(Rules.StaticNetwork, network, network.Name);
        }
        else if (!network.DerivesFrom(KnownNames.EarlyExitModule))
        {
            ReportFatal(
                Rules.WrongBase,
                () => Locations.OfBase(network, source.Cancellation),
                network.Name,
                DescribeBase(network));
        }

        for (INamedTypeSymbol? type = network.BaseType; type is not null; type = type.BaseType)
        {
            if (!type.GetAttributes().Any(attribute => attribute.AttributeClass.Is(KnownNames.NetworkAttribute))) continue;
            ReportFatal(Rules.NetworkOfNetwork, () => Locations.OfBase(network, source.Cancellation), network.Name, type.Name);
            break;
        }

        foreach (string reserved in ReservedNames)
        {
            if (network.Name == reserved) ReportFatal(Rules.ReservedName, network, network.Name, reserved);
            foreach (ISymbol member in network.GetMembers(reserved).Where(IsByAuthor))
            {
                ReportFatal(Rules.ReservedName, member, network.Name, reserved);
            }

            foreach (INamedTypeSymbol type in OwnBases(network))
            {
                // A base that is a network itself is another mistake, which has a rule of its own.
                if (!type.GetMembers(reserved).Any(member =>
                    member.DeclaredAccessibility != Accessibility.Private
                    && (member.DeclaringSyntaxReferences.IsEmpty || IsByAuthor(member))))
                {
                    continue;
                }

                ReportFatal(Rules.ReservedName, () => Locations.OfBase(network, source.Cancellation), type.Name, reserved);
            }
        }

        foreach (INamedTypeSymbol type in ContainersOf(network).Prepend(network))
        {
            if (!TypeReader.IsPartial(type, source))
            {
                string what = SymbolEqualityComparer.Default.Equals(type, network) ? "it" : $"'{network.Name}' inside it";
                ReportFatal(Rules.NotPartial, type, type.Name, what);
            }
        }
    }

    private static string DescribeBase(INamedTypeSymbol network) => network.IsRecord
        ? "it is a record, which can't: write a class"
        : $"it derives from '{network.BaseType?.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat) ?? "nothing"}'";

    /// <summary>The bases between the network and ours.</summary>
    private static IEnumerable<INamedTypeSymbol> OwnBases(INamedTypeSymbol network)
    {
        if (!network.DerivesFrom(KnownNames.EarlyExitModule)) yield break;
        for (INamedTypeSymbol? type = network.BaseType; type is not null && !type.Is(KnownNames.EarlyExitModule); type = type.BaseType)
        {
            yield return type;
        }
    }

    // The analyzer sees the class after the generator has added its members, the generator before.
    private static bool IsByAuthor(ISymbol member) =>
        member.DeclaringSyntaxReferences.Any(reference => !GeneratedFile.Is(reference.SyntaxTree.FilePath));

    private static IEnumerable<INamedTypeSymbol> ContainersOf(INamedTypeSymbol type)
    {
        for (INamedTypeSymbol? outer = type.ContainingType; outer is not null; outer = outer.ContainingType) yield return outer;
    }
}
