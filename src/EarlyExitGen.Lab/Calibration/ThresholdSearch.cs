using EarlyExitGen.Lab.Evaluation;

namespace EarlyExitGen.Lab.Calibration;

/// <summary>
/// Finds the policies that no other policy beats in both loss and cost, over the thresholds of all exits jointly and over which exits
/// are on, by branch and bound on boxes of thresholds. Exact when it runs to the end; when its effort is spent, the boxes that are
/// still open bound how much better the unseen policies can be.
/// </summary>
internal sealed class ThresholdSearch
{
    private readonly SearchRows rows;
    private readonly CostModel costs;
    private readonly CandidateThresholds[] candidates;
    private readonly long lowestLoss;
    private readonly double[] bestCost;
    private readonly int[][] bestLevels;
    private readonly List<ThresholdBox> open = [];

    public ThresholdSearch(ExitTable table, ExitLoss loss, CostModel costs)
    {
        this.costs = costs;
        candidates = [.. Enumerable.Range(0, table.Exits - 1).Select(exit => new CandidateThresholds(table, loss, exit))];
        rows = new SearchRows(table, loss, candidates);

        // Every reachable sum of losses gets a slot: the cheapest policy that loses no more.
        int[] perRow = rows.Losses;
        lowestLoss = (long)Math.Min(0, perRow.Min()) * rows.Total;
        long highestLoss = (long)Math.Max(0, perRow.Max()) * rows.Total;
        bestCost = new double[highestLoss - lowestLoss + 1];
        bestLevels = new int[bestCost.Length][];
        Array.Fill(bestCost, double.PositiveInfinity);
        Add(new int[candidates.Length], [.. candidates.Select(candidate => candidate.Count)]);
    }

    /// <summary>Seeks the whole front, the largest possible improvement first.</summary>
    /// <param name="effort">The rows that may be visited.</param>
    public void SeekFront(long effort) => Seek(effort, FrontGain);

    /// <summary>Seeks the cheapest policy whose summed loss is at most a limit, the most promising first.</summary>
    public void SeekCheapest(long lossLimit, long effort)
    {
        int slot = Slot(lossLimit);
        Seek(effort, box => box.LossBound <= lossLimit ? bestCost[slot] - box.CostBound : 0);
    }

    /// <summary>Seeks the policy with the smallest loss whose summed cost is at most a limit, the most promising first.</summary>
    public void SeekSmallestLoss(double costLimit, long effort) => Seek(
        effort, box => box.CostBound <= costLimit ? SlotWithin(costLimit) + lowestLoss - box.LossBound : 0);

    /// <summary>The front from the smallest loss to the smallest cost.</summary>
    public List<FoundPolicy> Front()
    {
        List<FoundPolicy> front = [];
        double bound = double.PositiveInfinity;
        ThresholdBox[] byLoss = [.. open.OrderBy(box => box.LossBound)];
        int seen = 0;
        for (int slot = 0; slot < bestCost.Length; slot++)
        {
            while (seen < byLoss.Length && byLoss[seen].LossBound <= slot + lowestLoss)
            {
                bound = Math.Min(bound, byLoss[seen++].CostBound);
            }

            if (double.IsInfinity(bestCost[slot]) || (slot > 0 && bestCost[slot] == bestCost[slot - 1])) continue;
            front.Add(Found(slot, Math.Min(bound, bestCost[slot])));
        }

        return front;
    }

    /// <summary>The cheapest policy found whose summed loss is at most a limit of at least 0; full depth always is one.</summary>
    public FoundPolicy Cheapest(long lossLimit)
    {
        double bound = open
            .Where(box => box.LossBound <= lossLimit)
            .Select(box => box.CostBound)
            .DefaultIfEmpty(double.PositiveInfinity)
            .Min();
        int slot = Slot(lossLimit);
        return Found(slot, Math.Min(bound, bestCost[slot]));
    }

    /// <summary>
    /// The policy with the smallest loss found whose summed cost is at most a limit, and a bound that the smallest loss can't be below;
    /// null when even the cheapest policy costs more.
    /// </summary>
    public (FoundPolicy Policy, long LossBound)? SmallestLoss(double costLimit)
    {
        int slot = SlotWithin(costLimit);
        if (slot == bestCost.Length) return null;
        long bound = open.Where(box => box.CostBound <= costLimit).Select(box => box.LossBound).DefaultIfEmpty(long.MaxValue).Min();
        FoundPolicy found = Found(slot, bestCost[slot]);
        return (found, Math.Min(bound, slot + lowestLoss));
    }

    private FoundPolicy Found(int slot, double costBound)
    {
        while (slot > 0 && bestCost[slot - 1] == bestCost[slot]) slot--;
        float[] thresholds = [.. bestLevels[slot].Select((level, exit) => candidates[exit].Threshold(level))];
        return new FoundPolicy(thresholds, slot + lowestLoss, bestCost[slot] / rows.Total, costBound / rows.Total);
    }

    private void Seek(long effort, Func<ThresholdBox, double> gain)
    {
        PriorityQueue<ThresholdBox, double> queue = new();
        List<ThresholdBox> setAside = [];
        List<ThresholdBox> pending = [.. open];
        open.Clear();
        Enqueue();
        while (effort > 0 && queue.TryDequeue(out ThresholdBox? box, out _))
        {
            if (gain(box) <= 0)
            {
                setAside.Add(box);
                continue;
            }

            int exit = box.SplitAt;
            int[] middle = [.. box.Loosest];
            middle[exit] = box.SplitLevel;
            int[] next = [.. box.Strictest];
            next[exit] = box.SplitLevel + 1;
            Add(box.Strictest, middle);
            Add(next, box.Loosest);
            effort -= 2 * rows.Weights.Length;
            pending.AddRange(open);
            open.Clear();
            Enqueue();
        }

        open.AddRange(queue.UnorderedItems.Select(item => item.Element).Concat(setAside).Where(box => FrontGain(box) > 0));

        void Enqueue()
        {
            foreach (ThresholdBox box in pending) queue.Enqueue(box, -gain(box));
            pending.Clear();
        }
    }

    /// <summary>Bounds a box, keeps its extreme policies where they are the best so far, and leaves it open if more can be in it.</summary>
    private void Add(int[] strictest, int[] loosest)
    {
        ThresholdBox box = ThresholdBox.Bound(rows, costs, strictest, loosest);
        Keep(box.StrictestLoss, box.StrictestCost, strictest);
        Keep(box.LoosestLoss, box.LoosestCost, loosest);
        if (box.SplitAt >= 0 && FrontGain(box) > 0) open.Add(box);
    }

    private void Keep(long loss, double cost, int[] levels)
    {
        for (long slot = loss - lowestLoss; slot < bestCost.Length && cost < bestCost[slot]; slot++)
        {
            bestCost[slot] = cost;
            bestLevels[slot] = levels;
        }
    }

    private double FrontGain(ThresholdBox box)
    {
        double best = bestCost[box.LossBound - lowestLoss];
        return double.IsInfinity(best) ? double.MaxValue : best - box.CostBound;
    }

    private int Slot(long loss) => (int)Math.Min(loss - lowestLoss, bestCost.Length - 1);

    /// <summary>The slot of the smallest loss that some policy within a cost reaches; the number of slots when none does.</summary>
    private int SlotWithin(double costLimit)
    {
        int low = 0;
        int high = bestCost.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (bestCost[middle] <= costLimit) high = middle;
            else low = middle + 1;
        }

        return low;
    }
}

/// <summary>One policy that the search found.</summary>
/// <param name="Thresholds">Per early exit; NaN where it is off.</param>
/// <param name="Loss">Summed over the rows.</param>
/// <param name="Cost">The average of one row.</param>
/// <param name="CostBound">No policy that loses as little costs less on average.</param>
internal sealed record FoundPolicy(float[] Thresholds, long Loss, double Cost, double CostBound);
