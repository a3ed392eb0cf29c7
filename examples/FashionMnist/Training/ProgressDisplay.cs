using EarlyExitGen.Lab.Training;
using Spectre.Console;

namespace FashionMnist.Training;

/// <summary>Shows training: a bar on a terminal, one line per epoch where the output goes to a file or a pipe.</summary>
internal static class ProgressDisplay
{
    /// <summary>Runs <paramref name="train"/> and shows what it reports.</summary>
    public static void Show(IAnsiConsole console, Action<IProgress<TrainingProgress>> train)
    {
        if (console.Profile.Out.IsTerminal)
        {
            ShowBar(console, train);
        }
        else
        {
            train(new Display(progress => WriteCompletedEpoch(console, progress)));
        }
    }

    private static void ShowBar(IAnsiConsole console, Action<IProgress<TrainingProgress>> train) => console
        .Progress()
        .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
        .Start(bars =>
        {
            ProgressTask bar = bars.AddTask("training");
            train(new Display(progress =>
            {
                int batches = progress.Batches!.Value;
                bar.MaxValue = progress.Epochs * batches;
                bar.Value = ((progress.Epoch - 1) * batches) + progress.Batch;
                bar.Description = $"epoch {progress.Epoch}/{progress.Epochs}, accuracy {Accuracies(progress.Exits)}";
            }));
        });

    private static void WriteCompletedEpoch(IAnsiConsole console, TrainingProgress progress)
    {
        if (progress.Completed is null) return;
        console.WriteLine($"epoch {progress.Epoch}/{progress.Epochs}, accuracy in training: {Accuracies(progress.Completed.Training)}");
    }

    private static string Accuracies(IEnumerable<ExitMetrics> exits) =>
        string.Join(", ", exits.Select(exit => $"{exit.Exit} {100 * exit.Accuracy:F1} %"));

    // Progress<T> of the framework reports on other threads, and out of order.
    private sealed class Display(Action<TrainingProgress> show) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => show(value);
    }
}
