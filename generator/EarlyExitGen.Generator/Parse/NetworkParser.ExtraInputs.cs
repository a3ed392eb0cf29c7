using EarlyExitGen.Generator.Diagnostics;
using EarlyExitGen.Generator.Model;
using Microsoft.CodeAnalysis;

namespace EarlyExitGen.Generator.Parse;

/// <content>The extra inputs that a network declares, and the parameters that take them.</content>
internal sealed partial class NetworkParser
{
    private EquatableArray<ExtraInputModel> ReadExtraInputs(INamedTypeSymbol network)
    {
        List<ExtraInputModel> extraInputs = [];
        foreach (AttributeData attribute in ExtraInputReader.Attributes(network))
        {
            if (ExtraInputReader.Read(attribute) is not { } extra)
            {
                // C# says what is wrong with it.
                isFatal = true;
                continue;
            }

            if (ExtraInputReader.Misfit(extra, attribute, extraInputs) is { } misfit)
            {
                ReportFatal(
                    Rules.ExtraInputInvalid, () => Locations.Of(attribute, source.Cancellation), extra.Name, network.Name, misfit);
            }

            extraInputs.Add(extra);
        }

        // The compiler writes a forward that takes them.
        foreach (IMethodSymbol method in network.GetMembers("forward").OfType<IMethodSymbol>().Where(IsByAuthor))
        {
            if (extraInputs.Count == 0 || method.Parameters.Length != extraInputs.Count + 1) continue;
            if (method.Parameters.All(parameter => parameter.Type.Is(KnownNames.Tensor)))
            {
                ReportFatal(Rules.ReservedName, method, network.Name, "forward");
            }
        }

        return new EquatableArray<ExtraInputModel>([.. extraInputs]);
    }

    /// <summary>The extra inputs that a method takes after the features; null when a parameter names none.</summary>
    private EquatableArray<int>? ReadParameters(INamedTypeSymbol network, ISymbol symbol, EquatableArray<ExtraInputModel> extraInputs)
    {
        if (symbol is not IMethodSymbol method) return [];
        List<int> taken = [];
        foreach (IParameterSymbol parameter in method.Parameters.Skip(1))
        {
            int index = extraInputs.Select(extra => extra.Name).ToList().IndexOf(parameter.Name);
            if (index < 0) ReportMember(Rules.ExtraInputUnknown, () => Locations.Of(parameter), parameter.Name, symbol.Name, network.Name);
            else taken.Add(index);
        }

        return taken.Count == method.Parameters.Length - 1 ? new EquatableArray<int>([.. taken]) : null;
    }
}
