using System.Collections.Immutable;
using EarlyExitGen.Generator.Diagnostics;
using EarlyExitGen.Generator.Model;
using Microsoft.CodeAnalysis;

namespace EarlyExitGen.Generator.Parse;

/// <content>The exits' rules and gates, and the order in which exits stand.</content>
internal sealed partial class NetworkParser
{
    private RuleModel? ReadRule(INamedTypeSymbol network, ISymbol symbol, AttributeData mark, NetworkOutput output)
    {
        if (mark.ConstructorArguments.IsEmpty)
        {
            foreach (AttributeData stray in RuleReader.Conditions(symbol))
            {
                ReportMember(Rules.StrayCondition, () => Locations.Of(stray, source.Cancellation), symbol.Name, network.Name);
            }
        }

        foreach (AttributeData attribute in RuleReader.Conditions(symbol).Prepend(mark))
        {
            if (attribute.AttributeClass is { IsGenericType: true, TypeArguments: [INamedTypeSymbol own] })
            {
                CheckOwnCriterion(symbol, attribute, own);
                continue;
            }

            ConditionModel? condition = RuleReader.ReadCondition(attribute, output);
            if (condition is null && !attribute.ConstructorArguments.IsEmpty)
            {
                ReportMember(
                    Rules.UnknownCriterion,
                    () => Locations.OfArgument(attribute, 0, "criterion", source.Cancellation),
                    symbol.Name,
                    network.Name);
            }
            else if (condition is not null && !RuleReader.Suits(condition.Criterion, output))
            {
                ReportMember(
                    Rules.CriterionDoesNotSuit,
                    () => Locations.OfArgument(attribute, 0, "criterion", source.Cancellation),
                    symbol.Name,
                    condition.Criterion.Name,
                    output == NetworkOutput.Regression ? "quantities" : "labels",
                    output == NetworkOutput.Regression ? "Patience, Gate" : "Confidence, Patience, Gate");
            }
        }

        return RuleReader.Read(symbol, mark, output);
    }

    private void CheckOwnCriterion(ISymbol symbol, AttributeData mark, INamedTypeSymbol criterion)
    {
        // Of a type that is not there, the C# compiler tells enough.
        if (criterion.TypeKind == TypeKind.Error) return;
        string? problem = !criterion.IsValueType ? $"a {(criterion.TypeKind == TypeKind.Class ? "class" : "type of another kind")}"
            : criterion.AllInterfaces.Any(implemented => implemented.Is(KnownNames.Criterion)) ? null
            : "a struct that does not implement it";
        if (problem is null) return;
        ReportMember(
            Rules.UnusableCriterion, () => Locations.Of(mark, source.Cancellation), criterion.Name, symbol.Name, problem);
    }

    private GateModel? ReadGate(
        INamedTypeSymbol network,
        ISymbol exit,
        AttributeData mark,
        RuleModel? rule,
        EquatableArray<ExtraInputModel> extraInputs,
        Func<ISymbol, MemberModel, EquatableArray<LayerModel>> readLayers)
    {
        bool isAsked = rule?.Uses(ScoreSource.Gate) == true;
        string? name = mark.NamedArguments.FirstOrDefault(argument => argument.Key == "Gate").Value.Value as string;
        string? problem = (isAsked, name) switch
        {
            (false, null) => null,
            (false, _) => $"names '{name}', which no condition with Criterion.Gate asks",
            (true, null) => "has a condition with Criterion.Gate, but names no gate",
            _ when GateMember(network, name!) is null => $"names '{name}', which is no such member",
            _ => null,
        };
        if (problem is not null)
        {
            ReportMember(
                Rules.GateMissing,
                () => name is null
                    ? Locations.Of(mark, source.Cancellation)
                    : Locations.OfNamed(mark, "Gate", source.Cancellation),
                exit.Name,
                problem);
        }

        if (!isAsked || name is null || GateMember(network, name) is not { } symbol) return null;
        return ReadMember(network, symbol, extraInputs) is { } member ? new GateModel(member, readLayers(symbol, member)) : null;
    }

    private static ISymbol? GateMember(INamedTypeSymbol network, string name) => network.GetMembers(name)
        .FirstOrDefault(member => !member.IsImplicitlyDeclared && member.DeclaringSyntaxReferences.Length > 0);

    private void CheckOrder(
        INamedTypeSymbol network,
        ImmutableArray<StageModel>.Builder stages,
        ImmutableArray<ExitModel>.Builder exits,
        List<(ISymbol Symbol, AttributeData Mark)> exitSources)
    {
        if (stages.Count == 0)
        {
            ReportFatal(Rules.NoStage, network, network.Name);
            return;
        }

        int last = exits.Count - 1;
        if (last < 0 || exits[last].Stage != stages.Count - 1)
        {
            ReportFatal(Rules.NoFinalExit, network, network.Name);
        }
        else if (exits[last].Rule is not null)
        {
            (ISymbol symbol, AttributeData mark) = exitSources[last];
            ReportFatal(Rules.CriterionOnFinalExit, () => Locations.Of(mark, source.Cancellation), symbol.Name, network.Name);
        }

        for (int exit = 0; exit < exits.Count; exit++)
        {
            bool isFinal = exit == last && exits[exit].Stage == stages.Count - 1;
            if (exits[exit].Rule is not null || isFinal) continue;
            (ISymbol symbol, AttributeData mark) = exitSources[exit];
            ReportFatal(Rules.MissingCriterion, () => Locations.Of(mark, source.Cancellation), symbol.Name, network.Name);
        }
    }
}
