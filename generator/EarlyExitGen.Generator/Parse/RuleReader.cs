using EarlyExitGen.Generator.Model;
using Microsoft.CodeAnalysis;

namespace EarlyExitGen.Generator.Parse;

/// <summary>Reads the criterion and threshold of an exit attribute.</summary>
internal static class RuleReader
{
    private static readonly CriterionModel[] BuiltIn =
    [
        new("global::EarlyExitGen.Criteria.Confidence", "confidence", Comparison.AtLeast, Unit: ""),
        new("global::EarlyExitGen.Criteria.Entropy", "entropy", Comparison.AtMost, Unit: "nats"),
        new("global::EarlyExitGen.Criteria.Margin", "margin", Comparison.AtLeast, Unit: ""),
        new("global::EarlyExitGen.Criteria.NormalizedEntropy", "normalized entropy", Comparison.AtMost, Unit: ""),
        new("global::EarlyExitGen.Criteria.Energy", "energy", Comparison.AtMost, Unit: ""),
    ];

    /// <summary>The rule, or null for an attribute without one.</summary>
    public static RuleModel? Read(AttributeData attribute)
    {
        if (attribute.AttributeClass is { IsGenericType: true, TypeArguments: [INamedTypeSymbol criterion] })
        {
            return attribute.ConstructorArguments is [{ Value: double own }]
                ? new RuleModel(
                    new CriterionModel(
                        criterion.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat), criterion.Name, Comparison: null, Unit: ""),
                    (float)own)
                : null;
        }

        return attribute.ConstructorArguments is [{ Value: int index }, { Value: double threshold }] && index >= 0 && index < BuiltIn.Length
            ? new RuleModel(BuiltIn[index], (float)threshold)
            : null;
    }
}
