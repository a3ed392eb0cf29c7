using System.Collections.Immutable;
using System.Globalization;
using EarlyExitGen.Generator.Diagnostics;
using EarlyExitGen.Generator.Model;
using Microsoft.CodeAnalysis;

namespace EarlyExitGen.Generator.Analyzers;

/// <summary>Thresholds against the scores that their criterion can give for this number of classes.</summary>
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

            if (model.Rule?.Criterion is { Comparison: { } comparison } criterion
                && network.Exits[exit].Syntax.Mark.ConstructorArguments is [_, { Value: double threshold }]
                && CheckThreshold(network, exit, criterion, comparison, threshold))
            {
                always = model.Member.Name;
            }
        }
    }

    /// <summary>Reports a useless threshold. Returns whether it makes the exit fire always.</summary>
    private static bool CheckThreshold(
        AnalyzedNetwork network, int exit, CriterionModel criterion, Comparison comparison, double threshold)
    {
        (double smallest, double largest) = Range(criterion, network.Model.Classes);
        bool below = threshold <= smallest + Tolerance;
        bool above = threshold >= largest - Tolerance;
        if (!double.IsNaN(threshold) && !below && !above) return false;

        bool always = !double.IsNaN(threshold) && (comparison == Comparison.AtLeast ? below : above);
        bool outside = threshold < smallest - Tolerance || threshold > largest + Tolerance;
        DiagnosticDescriptor rule = double.IsNaN(threshold) || double.IsInfinity(threshold) ? Rules.ThresholdNotFinite
            : outside ? Rules.ThresholdOutsideRange
            : Rules.ThresholdOnEdge;
        Location where = Locations.OfArgument(network.Exits[exit].Syntax.Mark, 1, "threshold", network.Declaration.Cancellation);
        network.Declaration.Syntax.Report(Diagnostic.Create(
            rule,
            where,
            ClampedTo(smallest, largest, below),
            network.Model.Exits[exit].Member.Name,
            Number(threshold),
            always ? "always fires" : "never fires",
            Number(smallest),
            Number(largest),
            $"{criterion.Name} over {network.Model.Classes} classes"));
        return always;
    }

    private static (double Smallest, double Largest) Range(CriterionModel criterion, int classes) => criterion.Name switch
    {
        "confidence" => (1.0 / classes, 1),
        "entropy" => (0, Math.Log(classes)),
        "energy" => (double.NegativeInfinity, double.PositiveInfinity),
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
