using System.Collections.Immutable;

namespace EarlyExitGen.Lab.Evaluation;

/// <summary>Evaluates a policy by replaying it over recorded logits. Pure and thread-safe.</summary>
public static class Evaluator
{
    private const int SensitivityPoints = 33;

    /// <summary>Evaluates a policy.</summary>
    /// <param name="recorded">Data that neither training nor calibration saw.</param>
    /// <param name="policy">The policy, for the same network.</param>
    /// <param name="costs">What an exit costs; the compiler's MACs when null.</param>
    /// <exception cref="ArgumentException">The policy or cost model is for another network, or the network's MACs are unknown.</exception>
    public static PolicyEvaluation Evaluate(RecordedLogits recorded, ExitPolicy policy, CostModel? costs = null)
    {
        ArgumentNullException.ThrowIfNull(recorded);
        ArgumentNullException.ThrowIfNull(policy);
        costs ??= CostModel.FromMacs(recorded.Network);
        costs.RequireFor(recorded.Network);
        ExitTable table = new(recorded, policy);
        ReplayedAnswer[] answers = table.Decide(policy);
        int[] left = [.. answers.Select(answer => answer.Exit)];
        int last = table.Exits - 1;
        return new PolicyEvaluation(
            policy,
            costs,
            table.Rows,
            Mean(left, (exit, row) => table.IsRight(exit, row)),
            table.Accuracy(last),
            answers.Average(answer => costs.Of(policy, answer.Depth)),
            costs.FullDepth,
            costs.Of(policy, last),
            [.. Enumerable.Range(0, table.Exits).Select(exit => EvaluateExit(table, policy, costs, left, exit))],
            recorded.Network.Output == OutputKind.Regression
                ? []
                : [.. Enumerable.Range(0, recorded.Classes).Select(label => EvaluateClass(table, left, label))],
            EvaluateDepth(table, left),
            [.. Enumerable.Range(0, last).Select(exit => VaryThreshold(table, policy, costs, exit))])
        {
            Error = recorded.Network.Output == OutputKind.Regression ? left.Select((exit, row) => table.Error(exit, row)).Average() : null,
            FullDepthError = ErrorOnAll(table, last),
        };
    }

    /// <summary>The exit at which each recorded row is answered under a policy.</summary>
    /// <exception cref="ArgumentException">The policy is for another network.</exception>
    public static int[] Replay(RecordedLogits recorded, ExitPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(recorded);
        ArgumentNullException.ThrowIfNull(policy);
        return new ExitTable(recorded, policy).Replay(policy);
    }

    /// <summary>How each recorded row is answered under a policy: the decision that the network makes, and how deep it went.</summary>
    /// <exception cref="ArgumentException">The policy is for another network.</exception>
    public static ReplayedAnswer[] Decide(RecordedLogits recorded, ExitPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(recorded);
        ArgumentNullException.ThrowIfNull(policy);
        return new ExitTable(recorded, policy).Decide(policy);
    }

    private static ExitEvaluation EvaluateExit(ExitTable table, ExitPolicy policy, CostModel costs, int[] left, int exit)
    {
        int leaving = left.Count(at => at == exit);
        int right = left.Where((at, row) => at == exit && table.IsRight(exit, row)).Count();
        return new ExitEvaluation(
            table.Recorded.Network.Exits[exit].Name,
            (double)leaving / table.Rows,
            leaving == 0 ? double.NaN : (double)right / leaving,
            table.Accuracy(exit),
            costs.Of(policy, exit),
            ReliabilityDiagram.Of(table, exit, temperature: 1),
            ReliabilityDiagram.Of(table, exit, policy.Temperature(exit)))
        {
            ErrorOnAll = ErrorOnAll(table, exit),
        };
    }

    private static double? ErrorOnAll(ExitTable table, int exit) => table.Recorded.Network.Output == OutputKind.Regression
        ? Enumerable.Range(0, table.Rows).Average(row => table.Error(exit, row))
        : null;

    private static ClassEvaluation EvaluateClass(ExitTable table, int[] left, int label)
    {
        int[] rows = [.. Enumerable.Range(0, table.Rows).Where(row => table.IsOf(label, row))];
        double count = Math.Max(1, rows.Length);
        return new ClassEvaluation(
            label,
            rows.Length,
            [.. Enumerable.Range(0, table.Exits).Select(exit => rows.Count(row => left[row] == exit) / count)],
            rows.Count(row => table.Finds(label, left[row], row)) / count,
            rows.Count(row => table.Finds(label, table.Exits - 1, row)) / count);
    }

    private static DepthStatistics EvaluateDepth(ExitTable table, int[] left)
    {
        int last = table.Exits - 1;
        double flips = 0;
        for (int exit = 1; exit < table.Exits; exit++)
        {
            flips += Mean(left, (_, row) => !table.Agree(exit, exit - 1, row));
        }

        return new DepthStatistics(
            Mean(left, (exit, row) => !table.IsRight(exit, row) && table.IsRight(last, row)),
            Mean(left, (exit, row) => table.IsRight(exit, row) && !table.IsRight(last, row)),
            Mean(left, (exit, row) => !table.Agree(exit, last, row)),
            Mean(left, (_, row) => !table.IsRight(last, row) && Enumerable.Range(0, last).Any(exit => table.IsRight(exit, row))),
            flips);
    }

    /// <summary>Tries thresholds of an exit's first condition at equal steps of the share of the inputs that would pass them.</summary>
    private static ThresholdSensitivity VaryThreshold(ExitTable present, ExitPolicy policy, CostModel costs, int exit)
    {
        ExitTable table = present.For(policy.With(exit, 0));
        float[] scores = [.. table.Scores[exit].Where(score => !float.IsNaN(score)).Order()];
        if (policy.Network.Exits[exit].LeavesAbove()) Array.Reverse(scores);
        ImmutableArray<SensitivityPoint>.Builder points = ImmutableArray.CreateBuilder<SensitivityPoint>();
        for (int step = 0; step < SensitivityPoints && scores.Length > 0; step++)
        {
            float threshold = scores[(int)((long)step * (scores.Length - 1) / (SensitivityPoints - 1))];
            if (points.Count > 0 && points[^1].Threshold == threshold) continue;
            ExitPolicy changed = policy.With(exit, threshold);
            ReplayedAnswer[] answers = table.Decide(changed);
            int[] left = [.. answers.Select(answer => answer.Exit)];
            points.Add(new SensitivityPoint(
                threshold,
                Mean(left, (at, _) => at == exit),
                Mean(left, (at, row) => table.IsRight(at, row)),
                answers.Average(answer => costs.Of(changed, answer.Depth))));
        }

        return new ThresholdSensitivity(exit, points.ToImmutable());
    }

    private static double Mean(int[] left, Func<int, int, bool> holds) => left.Where(holds).Count() / (double)left.Length;
}
