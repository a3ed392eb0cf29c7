using System.Collections.Immutable;
using System.Globalization;
using EarlyExitGen.Generator.Diagnostics;
using EarlyExitGen.Generator.Model;
using EarlyExitGen.Generator.Parse;
using Microsoft.CodeAnalysis;

namespace EarlyExitGen.Generator.Analyzers;

/// <summary>Thresholds against the scores that their criterion can give for this network.</summary>
internal static class ThresholdChecks
{
    /// <summary>The name of the property with the threshold that the code fix writes.</summary>
    public const string ClampedProperty = "Clamped";

    // A score reaches the end of its range only in the limit, up to rounding.
    private const double Tolerance = 1e-6;

    // How far inside the range a threshold is put that lay outside.
    private const double Inset = 0.05;

    public static void Check(AnalyzedNetwork network)
    {
        string? always = null;
        for (int exit = 0; exit < network.Exits.Count; exit++)
        {
            ExitModel model = network.Model.Exits[exit];
            if (always is not null)
            {
                network.Declaration.Report(
                    Rules.UnreachableExit,
                    Locations.Of(network.Exits[exit].Syntax.Symbol),
                    model.Member.Name,
                    $"exit '{always}' before it always fires");
                continue;
            }

            if (BlindCondition(network, model) is { } blind)
            {
                network.Declaration.Report(
                    Rules.OneClass, Locations.Of(network.Exits[exit].Syntax.Symbol), model.Member.Name, blind.Criterion.Name);
                continue;
            }

            if (ExitWithSameHead(network, exit) is { } earlier)
            {
                network.Declaration.Report(
                    Rules.UnreachableExit,
                    Locations.Of(network.Exits[exit].Syntax.Symbol),
                    model.Member.Name,
                    $"exit '{earlier}' before it has the same head and criterion, and fires whenever it would");
                continue;
            }

            if (model.Rule is { } rule && AlwaysFires(network, exit, rule)) always = model.Member.Name;
        }
    }

    /// <summary>The condition that compares probabilities of which there is only one; null when there is none.</summary>
    private static ConditionModel? BlindCondition(AnalyzedNetwork network, ExitModel exit) =>
        network.Model is { Classes: 1, Answers.Output: NetworkOutput.Classification }
            ? exit.Rule?.Conditions.FirstOrDefault(condition =>
                condition.Criterion is { Comparison: not null, Source: ScoreSource.Logits, Name: not "energy" })
            : null;

    /// <summary>An earlier exit that takes every input which this one would; null when there is none.</summary>
    private static string? ExitWithSameHead(AnalyzedNetwork network, int exit)
    {
        // Exits of an ensemble score what all exits so far say together, and patience counts exits: both differ below the same head.
        if (network.Model.Answers.EnsembleWeights.Count > 0 || network.Model.Exits[exit] is not { Rule: { } rule } later) return null;
        if (rule.Conditions.Any(condition => condition.Criterion.Source != ScoreSource.Logits)) return null;
        string? head = Head(network, exit);
        for (int before = 0; before < exit; before++)
        {
            ExitModel earlier = network.Model.Exits[before];
            if (earlier.Stage != later.Stage || earlier.Rule is not { } other) continue;
            if (rule with { Threshold = other.Threshold } != other) continue;
            bool same = earlier.Layers == later.Layers || (head is not null && head == Head(network, before));
            bool takesAll = rule.Criterion.Comparison switch
            {
                Comparison.AtLeast => rule.Threshold >= other.Threshold,
                Comparison.AtMost => rule.Threshold <= other.Threshold,
                _ => false,
            };
            if (same && takesAll) return earlier.Member.Name;
        }

        return null;
    }

    private static string? Head(AnalyzedNetwork network, int exit) =>
        DeclarationChecks.Alias(network.Exits[exit].Syntax.Symbol, network.Declaration.Source);

    /// <summary>Reports the useless thresholds of one exit. Returns whether they make it fire always.</summary>
    private static bool AlwaysFires(AnalyzedNetwork network, int exit, RuleModel rule)
    {
        PartSyntax syntax = network.Exits[exit].Syntax;
        List<bool> always = [];
        foreach (AttributeData attribute in RuleReader.Conditions(syntax.Symbol).Prepend(syntax.Mark))
        {
            ConditionModel? condition = RuleReader.ReadCondition(attribute, network.Model.Answers.Output);
            always.Add(
                condition is { Criterion.Comparison: { } comparison }
                && attribute.ConstructorArguments is [_, { Value: double threshold }]
                && CheckThreshold(network, exit, attribute, condition.Criterion, comparison, threshold));
        }

        return rule.Combination == Combination.All ? always.All(fires => fires) : always.Any(fires => fires);
    }

    /// <summary>Reports a useless threshold. Returns whether it makes the condition hold always.</summary>
    private static bool CheckThreshold(
        AnalyzedNetwork network, int exit, AttributeData attribute, CriterionModel criterion, Comparison comparison, double threshold)
    {
        (double smallest, double largest) = Range(criterion, network.Model.Classes, exit);
        bool isCount = criterion.Source == ScoreSource.EarlierAnswers;
        bool below = threshold <= smallest + Tolerance;
        bool above = isCount ? threshold > largest : threshold >= largest - Tolerance;
        if (!double.IsNaN(threshold) && !below && !above) return false;

        bool always = !double.IsNaN(threshold) && (comparison == Comparison.AtLeast ? below : above);
        bool outside = threshold < smallest - Tolerance || threshold > largest + Tolerance;
        DiagnosticDescriptor rule = double.IsNaN(threshold) || double.IsInfinity(threshold) ? Rules.ThresholdNotFinite
            : outside ? Rules.ThresholdOutsideRange
            : Rules.ThresholdOnEdge;
        Location where = Locations.OfArgument(attribute, 1, "threshold", network.Declaration.Cancellation);
        network.Declaration.Syntax.Report(Diagnostic.Create(
            rule,
            where,
            isCount ? ImmutableDictionary<string, string?>.Empty : ClampedTo(smallest, largest, below),
            network.Model.Exits[exit].Member.Name,
            Number(threshold),
            network.Model.Exits[exit].Rule!.Further.Count == 0
                ? always ? "always fires" : "never fires"
                : always ? "always meets this condition" : "never meets this condition",
            Number(smallest),
            Number(largest),
            criterion.Source == ScoreSource.Logits ? $"{criterion.Name} over {network.Model.Classes} {Outputs(network)}" : criterion.Name));
        return always;
    }

    private static string Outputs(AnalyzedNetwork network) =>
        network.Model.Answers.Output == NetworkOutput.MultiLabel ? "labels" : "classes";

    private static (double Smallest, double Largest) Range(CriterionModel criterion, int classes, int exit) => criterion.Name switch
    {
        "confidence" => (1.0 / classes, 1),
        "label confidence" => (0.5, 1),
        "entropy" => (0, Math.Log(classes)),
        "energy" => (double.NegativeInfinity, double.PositiveInfinity),
        "patience" => (1, exit + 1),
        _ => (0, 1),
    };

    // One class leaves no range to clamp to, and energy has no ends.
    private static ImmutableDictionary<string, string?> ClampedTo(double smallest, double largest, bool below)
    {
        ImmutableDictionary<string, string?> properties =
            ImmutableDictionary<string, string?>.Empty;
        if (largest - smallest < Tolerance || double.IsInfinity(largest)) return properties;
        double inset = Inset * (largest - smallest);
        return properties.Add(ClampedProperty, Number(Math.Round(below ? smallest + inset : largest - inset, 3)));
    }

    private static string Number(double value) => value switch
    {
        _ when double.IsNaN(value) => "NaN",
        double.PositiveInfinity => "infinity",
        double.NegativeInfinity => "negative infinity",
        _ => value.ToString("0.######", CultureInfo.InvariantCulture),
    };
}
