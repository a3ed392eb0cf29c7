using EarlyExitGen.Lab.Evaluation;

namespace EarlyExitGen.Lab.Calibration;

/// <summary>What leaving early loses on one row, compared with running to full depth.</summary>
public enum ExitLoss
{
    /// <summary>1 where only full depth is right, −1 where only the early exit is, else 0: its mean is the drop of the accuracy.</summary>
    AccuracyDrop,

    /// <summary>
    /// 1 where the early exit is wrong and full depth is right, else 0. Its mean is never below the drop of the accuracy, and being a
    /// rate it has an exact finite-sample bound.
    /// </summary>
    Harm,

    /// <summary>1 where the early exit and full depth give different labels, else 0. Needs no true labels.</summary>
    Disagreement,
}

/// <summary>The losses of recorded rows.</summary>
internal static class ExitLosses
{
    /// <summary>The loss of one row when it leaves at one exit.</summary>
    public static int Of(this ExitLoss loss, ExitTable table, int exit, int row)
    {
        bool early = table.IsRight(exit, row);
        bool full = table.IsRight(table.Exits - 1, row);
        return loss switch
        {
            ExitLoss.AccuracyDrop => (full ? 1 : 0) - (early ? 1 : 0),
            ExitLoss.Harm => full && !early ? 1 : 0,
            ExitLoss.Disagreement => table.Predictions[exit][row] == table.Predictions[^1][row] ? 0 : 1,
            _ => throw new ArgumentOutOfRangeException(nameof(loss), loss, "No such loss."),
        };
    }

    /// <summary>The loss in words.</summary>
    public static string Describe(this ExitLoss loss) => loss switch
    {
        ExitLoss.AccuracyDrop => "accuracy drop",
        ExitLoss.Harm => "share of inputs that only full depth gets right",
        ExitLoss.Disagreement => "disagreement with full depth",
        _ => throw new ArgumentOutOfRangeException(nameof(loss), loss, "No such loss."),
    };
}
