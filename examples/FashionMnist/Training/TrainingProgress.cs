using Spectre.Console;

namespace FashionMnist.Training;

/// <summary>Shows training: a bar on a terminal, one line per epoch where the output goes to a file or a pipe.</summary>
internal static class TrainingProgress
{
    /// <summary>Runs <paramref name="train"/>, which calls its argument after every step.</summary>
    public static void Show(IAnsiConsole console, Action<Action<TrainingStep>> train)
    {
        if (console.Profile.Out.IsTerminal)
        {
            ShowBar(console, train);
        }
        else
        {
            ShowLines(console, train);
        }
    }

    private static void ShowBar(IAnsiConsole console, Action<Action<TrainingStep>> train) => console
        .Progress()
        .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
        .Start(progress =>
        {
            ProgressTask task = progress.AddTask("training");
            train(step =>
            {
                task.MaxValue = step.Steps;
                task.Value = step.Step;
                task.Description = string.Create(null, $"epoch {step.Epoch}/{step.Epochs}, loss {step.Loss:F3}");
            });
        });

    private static void ShowLines(IAnsiConsole console, Action<Action<TrainingStep>> train)
    {
        double sum = 0;
        train(step =>
        {
            sum += step.Loss;
            if (!step.EndsEpoch) return;
            console.WriteLine($"epoch {step.Epoch}/{step.Epochs}, loss {sum / step.StepsPerEpoch:F3}");
            sum = 0;
        });
    }
}
