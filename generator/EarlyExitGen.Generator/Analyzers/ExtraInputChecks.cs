using EarlyExitGen.Generator.Diagnostics;
using EarlyExitGen.Generator.Model;
using EarlyExitGen.Generator.Parse;
using Microsoft.CodeAnalysis;

namespace EarlyExitGen.Generator.Analyzers;

/// <summary>Extra inputs that callers must pass, but that nothing reads.</summary>
internal static class ExtraInputChecks
{
    public static void Check(AnalyzedNetwork network)
    {
        NetworkModel model = network.Model;
        HashSet<int> used =
        [
            .. model.Stages.SelectMany(stage => stage.Member.ExtraInputs),
            .. model.Exits.SelectMany(exit => exit.Member.ExtraInputs),
            .. model.Exits.SelectMany(exit => exit.Gate?.Member.ExtraInputs ?? []),
        ];
        int index = 0;
        foreach (AttributeData attribute in ExtraInputReader.Attributes(network.Declaration.Type))
        {
            if (!used.Contains(index))
            {
                network.Declaration.Report(
                    Rules.ExtraInputUnused,
                    Locations.Of(attribute, network.Declaration.Cancellation),
                    model.ExtraInputs[index].Name,
                    model.Type.DisplayName);
            }

            index++;
        }
    }
}
