namespace EarlyExitGen.Lab.Evaluation;

/// <summary>Statistics of ranks.</summary>
public static class RankStatistics
{
    /// <summary>
    /// The area under the receiver operating characteristic: the chance that a random positive scores above a random negative, a tie
    /// counting half (the Mann–Whitney statistic).
    /// </summary>
    /// <param name="positives">Scores; at least one, none NaN.</param>
    /// <param name="negatives">Scores; at least one, none NaN.</param>
    public static double AreaUnderRoc(ReadOnlySpan<double> positives, ReadOnlySpan<double> negatives)
    {
        if (positives.IsEmpty || negatives.IsEmpty) throw new ArgumentException("Both sides need at least one score.", nameof(negatives));
        double[] sorted = negatives.ToArray();
        Array.Sort(sorted);
        double above = 0;
        foreach (double score in positives)
        {
            int below = CountBelow(sorted, score, orEqual: false);
            above += below + ((CountBelow(sorted, score, orEqual: true) - below) / 2.0);
        }

        return above / ((double)positives.Length * negatives.Length);
    }

    private static int CountBelow(double[] sorted, double score, bool orEqual)
    {
        int low = 0;
        int high = sorted.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (sorted[middle] < score || (orEqual && sorted[middle] == score)) low = middle + 1;
            else high = middle;
        }

        return low;
    }
}
