using EarlyExitGen.Lab.Evaluation;

namespace EarlyExitGen.Lab.Calibration;

/// <summary>
/// A box of threshold levels, one range per early exit, with bounds that hold for every policy in it and the exact loss and cost of its
/// two extreme policies.
/// </summary>
internal sealed class ThresholdBox
{
    private ThresholdBox(int[] strictest, int[] loosest)
    {
        Strictest = strictest;
        Loosest = loosest;
    }

    public int[] Strictest { get; }

    public int[] Loosest { get; }

    /// <summary>No policy in the box has a smaller loss, summed over the rows.</summary>
    public long LossBound { get; private set; }

    /// <summary>No policy in the box has a smaller cost, summed over the rows.</summary>
    public double CostBound { get; private set; }

    public long StrictestLoss { get; private set; }

    public double StrictestCost { get; private set; }

    public long LoosestLoss { get; private set; }

    public double LoosestCost { get; private set; }

    /// <summary>The exit whose range is best halved next; −1 when the box is one policy.</summary>
    public int SplitAt { get; private set; }

    /// <summary>Bounds a box.</summary>
    /// <remarks>
    /// A row surely leaves where the strictest level lets it, and may leave where the loosest does. Its loss is bounded by the best exit
    /// that it may take, and so is its cost, with only those heads counted that are on in the whole box.
    /// </remarks>
    public static ThresholdBox Bound(SearchRows rows, CostModel costs, int[] strictest, int[] loosest)
    {
        int early = rows.EarlyExits;
        ThresholdBox box = new(strictest, loosest);
        Span<double> least = stackalloc double[early + 1];
        Span<double> ifStrictest = stackalloc double[early + 1];
        Span<double> ifLoosest = stackalloc double[early + 1];
        FillCosts(costs, strictest, loosest, least, ifStrictest, ifLoosest);
        Span<long> leastCount = stackalloc long[early + 1];
        Span<long> strictestCount = stackalloc long[early + 1];
        Span<long> loosestCount = stackalloc long[early + 1];
        Span<long> undecided = stackalloc long[early + 1];

        for (int entry = 0; entry < rows.Weights.Length; entry++)
        {
            ReadOnlySpan<int> levels = rows.Levels.AsSpan(entry * early, early);
            ReadOnlySpan<int> losses = rows.Losses.AsSpan(entry * (early + 1), early + 1);
            int weight = rows.Weights[entry];
            int earliest = -1;
            int cheapest = -1;
            int smallestLoss = int.MaxValue;
            int exit = 0;
            for (; exit < early; exit++)
            {
                if (levels[exit] > loosest[exit]) continue;
                if (earliest < 0) earliest = exit;
                if (cheapest < 0 || least[exit] < least[cheapest]) cheapest = exit;
                smallestLoss = Math.Min(smallestLoss, losses[exit]);
                if (levels[exit] <= strictest[exit]) break;
                undecided[exit] += weight;
            }

            if (exit == early)
            {
                if (earliest < 0) earliest = exit;
                if (cheapest < 0 || least[exit] < least[cheapest]) cheapest = exit;
                smallestLoss = Math.Min(smallestLoss, losses[exit]);
            }

            leastCount[cheapest] += weight;
            loosestCount[earliest] += weight;
            strictestCount[exit] += weight;
            box.LossBound += (long)weight * smallestLoss;
            box.LoosestLoss += (long)weight * losses[earliest];
            box.StrictestLoss += (long)weight * losses[exit];
        }

        for (int exit = 0; exit <= early; exit++)
        {
            box.CostBound += leastCount[exit] * least[exit];
            box.StrictestCost += strictestCount[exit] * ifStrictest[exit];
            box.LoosestCost += loosestCount[exit] * ifLoosest[exit];
        }

        box.SplitAt = WidestRange(strictest, loosest, undecided);
        return box;
    }

    /// <summary>
    /// The level at which the stricter half of the split exit ends. Off or on is decided first: it moves the cost of a head.
    /// </summary>
    public int SplitLevel => Strictest[SplitAt] == 0 ? 0 : Strictest[SplitAt] + ((Loosest[SplitAt] - Strictest[SplitAt]) / 2);

    private static void FillCosts(
        CostModel costs, int[] strictest, int[] loosest, Span<double> least, Span<double> ifStrictest, Span<double> ifLoosest)
    {
        double headsOnEverywhere = 0;
        double headsOnIfLoosest = 0;
        for (int exit = 0; exit < least.Length; exit++)
        {
            bool last = exit == least.Length - 1;
            double backbone = costs.Backbone(exit);
            double head = costs.Head(exit);
            least[exit] = backbone + head + headsOnEverywhere;
            if (last || strictest[exit] > 0) headsOnEverywhere += head;
            if (last || loosest[exit] > 0) headsOnIfLoosest += head;
            ifStrictest[exit] = backbone + headsOnEverywhere;
            ifLoosest[exit] = backbone + headsOnIfLoosest;
        }
    }

    private static int WidestRange(int[] strictest, int[] loosest, ReadOnlySpan<long> undecided)
    {
        int widest = -1;
        for (int exit = 0; exit < strictest.Length; exit++)
        {
            if (strictest[exit] == loosest[exit]) continue;
            if (widest < 0 || undecided[exit] > undecided[widest]) widest = exit;
        }

        return widest;
    }
}
