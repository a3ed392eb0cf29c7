using System.Collections.Immutable;
using System.Text;
using Spectre.Console;

namespace TrainingStrategies;

/// <summary>The table of the comparison, for the console and as Markdown, and what it says of mixed training.</summary>
internal sealed class Report
{
    private readonly ImmutableArray<string> header;
    private readonly ImmutableArray<ImmutableArray<string>> rows;
    private readonly ImmutableArray<string> verdicts;
    private readonly string description;

    public Report(IReadOnlyList<RunResult> results, IReadOnlyList<string> exits, string description)
    {
        this.description = description;
        header = ["strategy", .. exits.Select(exit => $"{exit}, %"), "mean, %", "CPU time, s"];
        rows = [.. results.GroupBy(result => result.Contender).Select(runs => Row(runs.Key, [.. runs]))];
        verdicts = [Verdict(results, Contender.Joint), Verdict(results, Contender.Separate)];
    }

    public void Print(IAnsiConsole console)
    {
        Table table = new() { Border = TableBorder.Rounded, Title = new TableTitle(Markup.Escape(description)) };
        table.AddColumns([.. header.Select((name, column) =>
            new TableColumn(Markup.Escape(name)) { Alignment = column == 0 ? Justify.Left : Justify.Right, NoWrap = true })]);
        foreach (ImmutableArray<string> row in rows) table.AddRow([.. row.Select(Markup.Escape)]);
        console.Write(table);
        foreach (string verdict in verdicts) console.WriteLine(verdict);
    }

    public string ToMarkdown()
    {
        StringBuilder text = new($"Accuracy on the test images, mean ± sample standard deviation over the seeds; {description}.\n\n");
        text.Append($"| {string.Join(" | ", header)} |\n|---|{string.Concat(Enumerable.Repeat("---:|", header.Length - 1))}\n");
        foreach (ImmutableArray<string> row in rows) text.Append($"| {string.Join(" | ", row)} |\n");
        text.Append('\n');
        foreach (string verdict in verdicts) text.Append($"- {verdict}\n");
        return text.ToString();
    }

    private static ImmutableArray<string> Row(string contender, ImmutableArray<RunResult> runs) =>
    [
        contender,
        .. Enumerable.Range(0, runs[0].Accuracies.Length).Select(exit => Spread.Of(runs.Select(run => run.Accuracies[exit])).Percent),
        Spread.Of(runs.Select(run => run.MeanAccuracy)).Percent,
        runs.Average(run => run.CpuTime?.TotalSeconds) is double seconds ? string.Create(null, $"{seconds:F1}") : "–",
    ];

    /// <summary>Seed by seed, since the runs of one seed start from the same weights and see the images in the same order.</summary>
    private static string Verdict(IReadOnlyList<RunResult> results, string other) =>
        $"{Contender.Mixed} against {other}: at the last exit {Difference(results, other, run => run.Accuracies[^1])}; " +
        $"over all exits {Difference(results, other, run => run.MeanAccuracy)}.";

    private static string Difference(IReadOnlyList<RunResult> results, string other, Func<RunResult, double> accuracy)
    {
        double[] differences =
        [
            .. results.Where(run => run.Contender == Contender.Mixed).Select(mixed =>
                accuracy(mixed) - accuracy(results.Single(run => run.Contender == other && run.Seed == mixed.Seed))),
        ];
        int better = differences.Count(difference => difference > 0);
        string percent = string.Create(null, $"{differences.Average() * 100:+0.0;−0.0} points");
        return better == differences.Length ? $"better in every seed, {percent} on average"
            : better == 0 ? $"not better in any seed, {percent} on average"
            : $"better in {better} of {differences.Length} seeds only, {percent} on average";
    }
}
