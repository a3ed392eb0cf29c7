using System.Collections.Immutable;
using System.Globalization;
using EarlyExitGen.Lab.Evaluation;

namespace EarlyExitGen.Lab.Calibration;

/// <summary>What a calibration has learnt from data, and policies made of it.</summary>
internal sealed class Learnt(
    ExitTable table, ExitLoss loss, float[] temperatures, ImmutableArray<TemperatureFit> fits, CostModel costs, ThresholdSearch search)
{
    public ExitTable Table { get; } = table;

    public CostModel Costs { get; } = costs;

    public ThresholdSearch Search { get; } = search;

    public List<string> Notes { get; } = [];

    /// <summary>The front as far as the search has come.</summary>
    public ImmutableArray<ParetoPoint> Front => [.. Search.Front().Select(Point)];

    public ParetoPoint Point(FoundPolicy found) =>
        new(Policy(found.Thresholds), (double)found.Loss / Table.Rows, found.Cost, found.CostBound);

    public ParetoPoint FullDepth()
    {
        float[] off = new float[Table.Exits - 1];
        Array.Fill(off, float.NaN);
        return new ParetoPoint(Policy(off), 0, Costs.FullDepth, Costs.FullDepth);
    }

    /// <summary>
    /// The front's safest policy with stricter thresholds: of the rows that pass its own, this share passes them, per exit.
    /// </summary>
    public ParetoPoint Stricter(ImmutableArray<ParetoPoint> front, double share)
    {
        NetworkPlan network = Table.Recorded.Network;
        float[] thresholds = new float[Table.Exits - 1];
        for (int exit = 0; exit < thresholds.Length; exit++)
        {
            ExitPlan plan = network.Exits[exit];
            float loose = front[0].Policy[exit];
            float[] passing = [.. Table.Scores[exit].Where(score => plan.Criterion!.ShouldExit(score, loose)).Order()];
            if (plan.LeavesAbove()) Array.Reverse(passing);
            int kept = (int)(share * passing.Length);
            thresholds[exit] = kept == 0 ? float.NaN : passing[kept - 1];
        }

        ExitPolicy policy = Policy(thresholds);
        int[] left = Table.Replay(policy);
        double cost = left.Sum(exit => Costs.Of(policy, exit)) / left.Length;
        double mean = left.Select((exit, row) => (double)loss.Of(Table, exit, row)).Average();
        double bound = mean <= front[0].Loss ? front[0].CostBound : front.Min(point => point.CostBound);
        return new ParetoPoint(policy, mean, cost, bound);
    }

    public CalibrationResult Result(ExitPolicy policy, ParetoPoint chosen, RiskGuarantee? guarantee)
    {
        for (int exit = 0; exit < Table.Exits - 1; exit++)
        {
            if (policy.IsEnabled(exit)) continue;
            Notes.Insert(0, string.Create(
                CultureInfo.InvariantCulture,
                $"Exit '{policy.Network.Exits[exit].Name}' is switched off: within the budget, its head " +
                $"({Costs.Head(exit)} {Costs.Unit}) costs more than it saves."));
        }

        return new CalibrationResult(policy, chosen with { Policy = policy }, loss, Front, fits, Costs, guarantee, [.. Notes]);
    }

    private ExitPolicy Policy(ReadOnlySpan<float> thresholds)
    {
        ExitPolicy policy = ExitPolicy.Default(Table.Recorded.Network);
        for (int exit = 0; exit < temperatures.Length; exit++) policy = policy.WithTemperature(exit, temperatures[exit]);
        for (int exit = 0; exit < thresholds.Length; exit++)
        {
            policy = float.IsNaN(thresholds[exit]) ? policy.WithDisabled(exit) : policy.With(exit, thresholds[exit]);
        }

        return policy;
    }
}
