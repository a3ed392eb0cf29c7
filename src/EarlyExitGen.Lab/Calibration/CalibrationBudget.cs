using System.Globalization;

namespace EarlyExitGen.Lab.Calibration;

/// <summary>What the thresholds must keep. One side of the trade is limited, and the other one is made as small as it gets.</summary>
public sealed record CalibrationBudget
{
    private CalibrationBudget(ExitLoss loss, double? largestLoss, double? largestCost)
    {
        Loss = loss;
        LargestLoss = largestLoss;
        LargestCost = largestCost;
    }

    /// <summary>How losses are counted.</summary>
    public ExitLoss Loss { get; }

    /// <summary>The largest mean loss; null when the cost is limited.</summary>
    public double? LargestLoss { get; }

    /// <summary>The largest average cost, in the cost model's unit; null when the loss is limited.</summary>
    public double? LargestCost { get; }

    /// <summary>The cheapest policy whose accuracy is at most this far below full depth's.</summary>
    /// <param name="largest">In [0, 1]: 0.01 is one point.</param>
    public static CalibrationBudget AccuracyDrop(double largest) => OfLoss(ExitLoss.AccuracyDrop, largest);

    /// <summary>The cheapest policy by which at most this share of inputs leaves with a wrong answer that full depth puts right.</summary>
    /// <param name="largest">In [0, 1].</param>
    public static CalibrationBudget Harm(double largest) => OfLoss(ExitLoss.Harm, largest);

    /// <summary>The cheapest policy that answers other than full depth for at most this share of inputs. Needs no true labels.</summary>
    /// <param name="largest">In [0, 1].</param>
    public static CalibrationBudget Disagreement(double largest) => OfLoss(ExitLoss.Disagreement, largest);

    /// <summary>The most accurate policy within an average cost: MACs, or measured latency, as the cost model counts.</summary>
    /// <param name="largest">In the cost model's unit; above 0.</param>
    public static CalibrationBudget AverageCost(double largest)
    {
        if (!(largest > 0 && double.IsFinite(largest)))
        {
            throw new ArgumentOutOfRangeException(nameof(largest), largest, "A cost budget is above 0.");
        }

        return new CalibrationBudget(ExitLoss.AccuracyDrop, null, largest);
    }

    /// <summary>The budget in words.</summary>
    /// <param name="costUnit">The cost model's unit.</param>
    public string Describe(string costUnit) => LargestLoss is double loss
        ? string.Create(CultureInfo.InvariantCulture, $"{Loss.Describe()} of at most {loss}")
        : string.Create(CultureInfo.InvariantCulture, $"average cost of at most {LargestCost} {costUnit}");

    private static CalibrationBudget OfLoss(ExitLoss loss, double largest)
    {
        if (!(largest >= 0 && largest <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(largest), largest, "A loss budget lies in [0, 1].");
        }

        return new CalibrationBudget(loss, largest, null);
    }
}
