using EarlyExitGen.Lab.Evaluation;

namespace EarlyExitGen.Lab.Calibration;

/// <summary>
/// The thresholds of one early exit that can be part of an optimal policy, from strict to loose, and for each row the first of them that
/// lets it leave. Level 0 switches the exit off.
/// </summary>
/// <remarks>
/// Letting a row leave earlier always saves cost. So if no row of the next score loses anything by leaving here instead of deeper, the
/// looser threshold is at least as good whatever the other exits do: only thresholds just before a row that loses need be kept.
/// </remarks>
internal sealed class CandidateThresholds
{
    /// <summary>The level of a row that no threshold lets leave, because its score is NaN.</summary>
    public const int Never = int.MaxValue;

    private readonly List<float> thresholds = [];

    public CandidateThresholds(ExitTable table, ExitLoss loss, int exit)
    {
        ExitPlan plan = table.Recorded.Network.Exits[exit];
        float[] scores = table.Scores[exit];
        int[] order = [.. Enumerable.Range(0, table.Rows).Where(row => !float.IsNaN(scores[row]))];
        float[] keys = Array.ConvertAll(order, row => scores[row]);
        Array.Sort(keys, order);
        if (plan.LeavesAbove()) Array.Reverse(order);

        Levels = new int[table.Rows];
        Array.Fill(Levels, Never);
        int start = 0;
        while (start < order.Length)
        {
            int end = start;
            bool loses = false;
            float score = scores[order[start]];
            while (end < order.Length && scores[order[end]] == score) loses |= Loses(table, loss, exit, order[end++]);
            if (loses || start == 0) thresholds.Add(score);
            else thresholds[^1] = score;
            for (int index = start; index < end; index++) Levels[order[index]] = thresholds.Count;
            start = end;
        }
    }

    /// <summary>The number of thresholds: levels run from 0, off, to this.</summary>
    public int Count => thresholds.Count;

    /// <summary>Per row, the lowest level at which it leaves here; <see cref="Never"/> where there is none.</summary>
    public int[] Levels { get; }

    /// <summary>The threshold of a level; NaN, which switches the exit off, for level 0.</summary>
    public float Threshold(int level) => level == 0 ? float.NaN : thresholds[level - 1];

    private static bool Loses(ExitTable table, ExitLoss loss, int exit, int row)
    {
        int here = loss.Of(table, exit, row);
        for (int deeper = exit + 1; deeper < table.Exits; deeper++)
        {
            if (loss.Of(table, deeper, row) < here) return true;
        }

        return false;
    }
}
