using EarlyExitGen.Criteria;

namespace EarlyExitGen.Exits;

/// <summary>
/// The rules of a network for one input, exit after exit, as plainly as they can be said: what the eager forward and the replay over
/// recorded logits do, and what the pipelines are tested against.
/// </summary>
/// <param name="plan">The network.</param>
/// <param name="policy">The thresholds.</param>
/// <param name="row">The input, as errors name it.</param>
internal sealed class ExitWalk(NetworkPlan plan, ExitPolicy policy, long row)
{
    private readonly double[] weightedLogs = new double[plan.Classes];
    private double weights;
    private float[]? before;
    private int agreeing;
    private double bestConfidence;

    /// <summary>The answer so far; final once <see cref="Visit"/> has said so. Null before any exit could answer.</summary>
    public ExitDecision? Decision { get; private set; }

    /// <summary>The values of the exit that <see cref="Decision"/> names, as the caller gets them.</summary>
    public float[] Answer { get; private set; } = [];

    /// <summary>Whether an exit's answer is something else than the logits of its head.</summary>
    public bool ChangesLogits => !plan.EnsembleWeights.IsEmpty;

    /// <summary>Runs the rules of one exit, which must be switched on. Exits are visited in order.</summary>
    /// <param name="exit">The exit.</param>
    /// <param name="logits">What its head gives.</param>
    /// <param name="gate">What its gate gives, before the sigmoid; any value when it has none.</param>
    /// <returns>Whether the input is answered.</returns>
    /// <exception cref="InvalidOperationException">The last exit gave NaN, and no earlier one can answer for it.</exception>
    public bool Visit(int exit, ReadOnlySpan<float> logits, float gate)
    {
        ExitPlan rule = plan.Exits[exit];
        (float[] values, float[] scores) = Observe(exit, logits, gate);
        bool hasNaN = values.Any(float.IsNaN);
        if (rule.Criterion is null) return AnswerLast(exit, values, hasNaN);
        bool[] holds = [.. rule.Criteria.Select((criterion, index) => criterion.ShouldExit(scores[index], policy[exit, index]))];
        bool leaves = rule.Combination == Combination.All ? holds.All(held => held) : holds.Any(held => held);
        if (leaves || (!hasNaN && Replaces(exit, values))) Set(exit, scores[0], values, ExitReason.Conditions);
        return leaves;
    }

    /// <summary>What an exit would answer, and how each of its conditions scores it, after the exits before it; decides nothing.</summary>
    /// <param name="exit">The exit.</param>
    /// <param name="logits">What its head gives.</param>
    /// <param name="gate">What its gate gives, before the sigmoid; any value when it has none.</param>
    public (float[] Values, float[] Scores) Observe(int exit, ReadOnlySpan<float> logits, float gate)
    {
        float[] values = Ensemble(exit, logits);
        bool hasNaN = values.Any(float.IsNaN);
        float agreement = CountAgreeing(values, hasNaN);
        float[] scores = [.. plan.Exits[exit].Criteria.Select(criterion => hasNaN ? float.NaN : criterion.Source switch
        {
            ScoreSource.Gate => 1 / (1 + MathF.Exp(-gate)),
            ScoreSource.EarlierAnswers => agreement,
            _ => criterion.Score(values, policy.Temperature(exit)),
        })];
        return (values, scores);
    }

    /// <summary>Makes the answer so far final.</summary>
    public void End(ExitReason reason) => Decision = Decision!.Value with { Reason = reason };

    private bool AnswerLast(int exit, float[] values, bool hasNaN)
    {
        if (plan.Fallback == Fallback.MostConfident && Decision is not null && (hasNaN || !Replaces(exit, values)))
        {
            End(ExitReason.MostConfident);
            return true;
        }

        if (hasNaN)
        {
            throw new InvalidOperationException(
                $"{plan.Name}: the last exit '{plan.Exits[exit].Name}' gave NaN for row {row}, so there is no answer; is there a NaN in " +
                "the input?");
        }

        Set(exit, Outputs.Confidence(plan.Output, values, policy.Temperature(exit)), values, ExitReason.LastExit);
        return true;
    }

    private void Set(int exit, float score, float[] values, ExitReason reason)
    {
        Decision = new ExitDecision(exit, Outputs.Label(plan.Output, values), score) { Reason = reason };
        Answer = values;
    }

    private bool Replaces(int exit, float[] values)
    {
        if (plan.Fallback == Fallback.LastExit) return true;
        double confidence = Outputs.Confidence(plan.Output, values, policy.Temperature(exit));
        if (Decision is not null && !(confidence >= bestConfidence)) return false;
        bestConfidence = confidence;
        return true;
    }

    private float CountAgreeing(float[] values, bool hasNaN)
    {
        agreeing = hasNaN ? 0 : agreeing > 0 && Outputs.Agree(plan, before, values) ? agreeing + 1 : 1;
        before = values;
        return agreeing;
    }

    private float[] Ensemble(int exit, ReadOnlySpan<float> logits)
    {
        if (plan.EnsembleWeights.IsEmpty || Outputs.HasNaN(logits)) return logits.ToArray();
        double max = double.NegativeInfinity;
        foreach (float logit in logits) max = Math.Max(max, logit);
        double[] shares = Array.ConvertAll(logits.ToArray(), logit => logit == max ? 1 : Math.Exp(logit - max));
        double sum = shares.Sum();
        double weight = plan.EnsembleWeights[exit];
        weights += weight;
        for (int index = 0; index < shares.Length; index++)
        {
            double log = logits[index] == max ? -Math.Log(sum) : logits[index] - max - Math.Log(sum);
            weightedLogs[index] += weight * log;
        }

        return Array.ConvertAll(weightedLogs, log => (float)(log / weights));
    }
}
