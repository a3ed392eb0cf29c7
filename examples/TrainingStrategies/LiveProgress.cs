using EarlyExitGen.Lab.Training;
using Spectre.Console;

namespace TrainingStrategies;

/// <summary>
/// Shows the runs as they train: on a terminal, a bar with the accuracy of every exit and the time left; elsewhere, a line per run.
/// </summary>
internal static class LiveProgress
{
    public static IReadOnlyList<RunResult> Show(IAnsiConsole console, Comparison comparison, CancellationToken cancellation) =>
        console.Profile.Out.IsTerminal
            ? ShowBars(console, comparison, cancellation)
            : ShowLines(console, comparison, cancellation);

    private static List<RunResult> ShowBars(IAnsiConsole console, Comparison comparison, CancellationToken cancellation) => console
        .Progress()
        .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn())
        .Start(context =>
        {
            ProgressTask all = context.AddTask("all runs", maxValue: comparison.Runs.Count);
            ProgressTask one = context.AddTask("first run");
            List<RunResult> results = [];
            foreach ((Contender contender, int seed) in comparison.Runs)
            {
                Listener listener = new(progress =>
                {
                    one.MaxValue = progress.Epochs;
                    one.Value = progress.Epoch - 1 + ((double)progress.Batch / progress.Batches ?? 0);
                    one.Description = Markup.Escape($"{contender.Name}, seed {seed}: {Describe(progress)}");
                    all.Value = results.Count + (one.Value / one.MaxValue);
                });
                results.Add(comparison.Train(contender, seed, listener, cancellation));
            }

            all.Value = all.MaxValue;
            return results;
        });

    private static List<RunResult> ShowLines(IAnsiConsole console, Comparison comparison, CancellationToken cancellation)
    {
        List<RunResult> results = [];
        foreach ((Contender contender, int seed) in comparison.Runs)
        {
            RunResult result = comparison.Train(contender, seed, new Listener(_ => { }), cancellation);
            results.Add(result);
            string accuracies = string.Join(", ", result.Accuracies.Select(accuracy => string.Create(null, $"{accuracy:P1}")));
            console.WriteLine(string.Create(
                null, $"{results.Count}/{comparison.Runs.Count} {contender.Name}, seed {seed}: {accuracies}, {Describe(result.CpuTime)}"));
        }

        return results;
    }

    private static string Describe(TimeSpan? cpuTime) =>
        cpuTime is TimeSpan time ? string.Create(null, $"{time.TotalSeconds:F1} s CPU") : "resumed";

    private static string Describe(TrainingProgress progress)
    {
        IEnumerable<string> exits = progress.Exits.Select(exit =>
            double.IsNaN(exit.Accuracy) ? $"{exit.Exit} –" : string.Create(null, $"{exit.Exit} {exit.Accuracy:P0}"));
        string left = progress.Remaining is TimeSpan remaining ? string.Create(null, $", {remaining:m\\:ss} left") : "";
        return $"{string.Join(", ", exits)} ({progress.Phase} {progress.Epoch}/{progress.Epochs}{left})";
    }

    private sealed class Listener(Action<TrainingProgress> listen) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => listen(value);
    }
}
