using System.Collections.Immutable;
using EarlyExitGen.Generator.Model;
using Microsoft.CodeAnalysis;

namespace EarlyExitGen.Generator.Parse;

/// <summary>Reads the criteria and thresholds of an exit.</summary>
internal static class RuleReader
{
    // In the order of the library's enum.
    private static readonly CriterionModel[] BuiltIn =
    [
        new("global::EarlyExitGen.Criteria.Confidence", "confidence", Comparison.AtLeast, Unit: ""),
        new("global::EarlyExitGen.Criteria.Entropy", "entropy", Comparison.AtMost, Unit: "nats"),
        new("global::EarlyExitGen.Criteria.Margin", "margin", Comparison.AtLeast, Unit: ""),
        new("global::EarlyExitGen.Criteria.NormalizedEntropy", "normalized entropy", Comparison.AtMost, Unit: ""),
        new("global::EarlyExitGen.Criteria.Energy", "energy", Comparison.AtMost, Unit: ""),
        new("Patience", "patience", Comparison.AtLeast, Unit: "", ScoreSource.EarlierAnswers),
        new("Gate", "gate", Comparison.AtLeast, Unit: "", ScoreSource.Gate),
    ];

    private static readonly CriterionModel LabelConfidence =
        new("global::EarlyExitGen.Criteria.LabelConfidence", "label confidence", Comparison.AtLeast, Unit: "");

    /// <summary>The rule of an exit; null when its attribute has no criterion, or a condition has none that exists.</summary>
    public static RuleModel? Read(ISymbol exit, AttributeData mark, NetworkOutput output)
    {
        if (ReadCondition(mark, output) is not { } own) return null;
        ImmutableArray<ConditionModel>.Builder further = ImmutableArray.CreateBuilder<ConditionModel>();
        foreach (AttributeData attribute in Conditions(exit))
        {
            if (ReadCondition(attribute, output) is not { } condition) return null;
            further.Add(condition);
        }

        bool any = mark.NamedArguments.Any(argument => argument is { Key: nameof(Combination), Value.Value: (int)Combination.Any });
        return new RuleModel(
            own.Criterion,
            own.Threshold,
            new EquatableArray<ConditionModel>(further.ToImmutable()),
            any ? Combination.Any : Combination.All);
    }

    /// <summary>The attributes of an exit's further conditions, in source order.</summary>
    public static IEnumerable<AttributeData> Conditions(ISymbol exit) => exit.GetAttributes().Where(attribute =>
        attribute.AttributeClass is { } type && type.FullName() == KnownNames.ExitConditionAttribute);

    /// <summary>The condition that an attribute declares; null when it has no criterion, or none that exists.</summary>
    public static ConditionModel? ReadCondition(AttributeData attribute, NetworkOutput output)
    {
        if (attribute.AttributeClass is { IsGenericType: true, TypeArguments: [INamedTypeSymbol criterion] })
        {
            return attribute.ConstructorArguments is [{ Value: double own }]
                ? new ConditionModel(
                    new CriterionModel(
                        criterion.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat), criterion.Name, Comparison: null, Unit: ""),
                    (float)own)
                : null;
        }

        return attribute.ConstructorArguments is [{ Value: int index }, { Value: double threshold }] && index >= 0 && index < BuiltIn.Length
            ? new ConditionModel(index == 0 && output == NetworkOutput.MultiLabel ? LabelConfidence : BuiltIn[index], (float)threshold)
            : null;
    }

    /// <summary>Whether a criterion says something about outputs of a kind. The author of another criterion knows best.</summary>
    public static bool Suits(CriterionModel criterion, NetworkOutput output) =>
        output == NetworkOutput.Classification
        || criterion.Source != ScoreSource.Logits
        || criterion.Comparison is null
        || (output == NetworkOutput.MultiLabel && criterion == LabelConfidence);
}
