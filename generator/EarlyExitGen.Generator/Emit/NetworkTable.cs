using System.Globalization;
using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Emit;

/// <summary>
/// The network as a table: per stage and exit its layers, output shape, MACs, share of the whole and parameters. It opens every generated
/// file, and is the documentation of the members that run the network.
/// </summary>
internal static class NetworkTable
{
    private const int LayersColumn = 1;
    private const string Arrow = " → ";

    // What fits a screen beside the other columns.
    private const int WidestLayers = 100;

    private static readonly string[] Head = ["", "layers", "output", "MACs", "share", "parameters"];

    /// <summary>One row for each part in the order in which they run, and the totals.</summary>
    public static IReadOnlyList<string[]> Rows(LoweredNetwork network)
    {
        long? total = Total(network, part => part.Macs);
        List<string[]> rows = [];
        foreach (ExtraInputModel extra in network.Model.ExtraInputs)
        {
            rows.Add([$"extra input '{extra.Name}'", extra.Type.ToString(), $"[{string.Join(",", extra.Shape)}]", "", "", ""]);
        }

        for (int stage = 0; stage < network.Stages.Count; stage++)
        {
            rows.Add(Row($"stage '{network.Model.Stages[stage].Member.Name}'", network.Stages[stage], total));
            for (int exit = 0; exit < network.Exits.Count; exit++)
            {
                ExitModel model = network.Model.Exits[exit];
                if (model.Stage != stage) continue;
                if (network.GateOf(exit) is { } gate) rows.Add(Row($"gate '{model.Gate!.Member.Name}' of exit {exit}", gate, total));
                rows.Add(Row($"exit {exit} '{model.Member.Name}': {RuleText(model)}", network.Exits[exit], total));
            }
        }

        rows.Add(["all", "", "", Literals.Count(total), total is null ? "–" : "100.0 %", Literals.Count(Total(network, part => part.Parameters))]);
        return rows;
    }

    /// <summary>As aligned text for a comment.</summary>
    public static IEnumerable<string> AsText(LoweredNetwork network)
    {
        List<string[]> rows = [Head, .. Rows(network).SelectMany(Broken)];
        int[] widths = [.. Enumerable.Range(0, Head.Length).Select(column => rows.Max(row => row[column].Length))];
        foreach (string[] row in rows)
        {
            IEnumerable<string> cells = row.Select((cell, column) =>
                IsNumber(column) ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]));
            yield return string.Join("   ", cells).TrimEnd();
        }
    }

    /// <summary>As lines of an XML documentation comment, without the slashes: a block that tooltips show with its columns aligned.</summary>
    public static IEnumerable<string> AsXml(LoweredNetwork network) =>
        ["<code>", .. AsText(network).Select(Literals.Xml), "</code>"];

    /// <summary>When an input leaves at an exit: <c>entropy ≤ 0.3 nats</c>.</summary>
    public static string RuleText(ExitModel exit)
    {
        if (exit.Rule is not { } rule) return "always";
        return string.Join(rule.Combination == Combination.All ? " and " : " or ", rule.Conditions.Select(ConditionText));
    }

    /// <summary>A row as the lines that its layers take.</summary>
    private static IEnumerable<string[]> Broken(string[] row)
    {
        List<string> lines = [];
        foreach (string layer in row[LayersColumn].Split([Arrow], StringSplitOptions.None))
        {
            if (lines.Count == 0) lines.Add(layer);
            else if (lines[^1].Length + Arrow.Length + layer.Length <= WidestLayers) lines[^1] += Arrow + layer;
            else lines.Add(Arrow.TrimStart() + layer);
        }

        return lines.Select((line, index) =>
            row.Select((cell, column) => column == LayersColumn ? line : index == 0 ? cell : "").ToArray());
    }

    private static string ConditionText(ConditionModel condition)
    {
        string comparison = condition.Criterion.Comparison switch
        {
            Comparison.AtLeast => "≥",
            Comparison.AtMost => "≤",
            _ => "against",
        };
        string unit = condition.Criterion.Unit.Length > 0 ? $" {condition.Criterion.Unit}" : "";
        return $"{condition.Criterion.Name} {comparison} {Literals.Shortest(condition.Threshold)}{unit}";
    }

    private static string[] Row(string name, LoweredPart part, long? total)
    {
        string share = part.Macs is { } macs && total is > 0 ? ((double)macs / total.Value).ToString("0.0 %", CultureInfo.InvariantCulture) : "–";
        return
        [
            name,
            LayerText.Of(part),
            part.Output?.ToString() ?? "?",
            Literals.Count(part.Macs),
            share,
            Literals.Count(part.Parameters),
        ];
    }

    private static bool IsNumber(int column) => column >= 3;

    private static long? Total(LoweredNetwork network, Func<LoweredPart, long?> count) =>
        network.Parts.Aggregate((long?)0, (sum, part) => sum + count(part));
}
