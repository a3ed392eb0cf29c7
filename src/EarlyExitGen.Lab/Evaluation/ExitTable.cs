using EarlyExitGen.Criteria;

namespace EarlyExitGen.Lab.Evaluation;

/// <summary>
/// What each exit predicts for each recorded row, whether it is right, and its criterion's score at the given temperatures. The scores
/// are the ones that the network computes, to the bit, so that a replayed policy decides as the network does.
/// </summary>
internal sealed class ExitTable
{
    public ExitTable(RecordedLogits recorded, ExitPolicy temperatures)
        : this(recorded, [.. Enumerable.Range(0, recorded.Exits).Select(temperatures.Temperature)])
    {
        if (temperatures.Network.Fingerprint != recorded.Network.Fingerprint)
        {
            throw new ArgumentException(
                $"The policy is for {temperatures.Network.Name} ({temperatures.Network.Fingerprint}), but the logits were recorded from " +
                $"{recorded.Network.Name} ({recorded.Network.Fingerprint}).", nameof(temperatures));
        }
    }

    public ExitTable(RecordedLogits recorded, float[] temperatures)
    {
        Recorded = recorded;
        Scores = new float[recorded.Exits][];
        Predictions = new int[recorded.Exits][];
        for (int exit = 0; exit < recorded.Exits; exit++)
        {
            ExitCriterion criterion = recorded.Network.Exits[exit].Criterion ?? ExitCriterion.Of<Confidence>();
            Scores[exit] = new float[recorded.Rows];
            Predictions[exit] = new int[recorded.Rows];
            for (int row = 0; row < recorded.Rows; row++)
            {
                ReadOnlySpan<float> logits = recorded.Row(exit, row);
                Scores[exit][row] = criterion.Score(logits, temperatures[exit]);
                Predictions[exit][row] = ArgMax.Of(logits);
            }
        }
    }

    public RecordedLogits Recorded { get; }

    public int Rows => Recorded.Rows;

    public int Exits => Recorded.Exits;

    /// <summary>[exit][row].</summary>
    public float[][] Scores { get; }

    /// <summary>[exit][row].</summary>
    public int[][] Predictions { get; }

    public bool IsRight(int exit, int row) => Predictions[exit][row] == Recorded.Labels[row];

    public double Accuracy(int exit) => Enumerable.Range(0, Rows).Count(row => IsRight(exit, row)) / (double)Rows;

    /// <summary>The exit at which each row leaves.</summary>
    public int[] Replay(ExitPolicy policy)
    {
        int[] left = new int[Rows];
        for (int row = 0; row < Rows; row++)
        {
            int exit = 0;
            while (exit < Exits - 1 && !Leaves(policy, exit, row)) exit++;
            left[row] = exit;
        }

        return left;
    }

    private bool Leaves(ExitPolicy policy, int exit, int row) =>
        policy.IsEnabled(exit)
        && (exit == policy.LastExit || Recorded.Network.Exits[exit].Criterion!.ShouldExit(Scores[exit][row], policy[exit]));
}
