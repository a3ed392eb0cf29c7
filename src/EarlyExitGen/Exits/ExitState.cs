using System.Diagnostics;
using System.Runtime.CompilerServices;
using EarlyExitGen.Criteria;

namespace EarlyExitGen.Exits;

/// <summary>
/// What the exits of one call leave behind: answers so far, counts of agreeing exits, ensembles. One row of scratch for each row of the
/// caller's batch, made beforehand, so that a call allocates nothing. Touches nothing of TorchSharp.
/// </summary>
internal sealed partial class ExitState
{
    private const int NoAnswer = -1;

    private readonly NetworkPlan plan;
    private readonly bool countsAgreement;
    private readonly bool answersByConfidence;

    private int[] agreeing = [];
    private float[] before = [];
    private float[] weightedLogs = [];
    private float[] ensembles = [];
    private float[] weights = [];
    private float[] confidences = [];
    private float[] gates = [];
    private float[] answers = [];
    private ExitDecision[] decisions = [];

    private ExitPolicy policy;
    private CallLimits limits;
    private int lastExit;
    private bool isLimited;

    public ExitState(NetworkPlan plan, ExitPolicy policy)
    {
        this.plan = plan;
        this.policy = policy;
        countsAgreement = plan.Exits.Any(exit => exit.Uses(ScoreSource.EarlierAnswers));
        answersByConfidence = plan.Fallback == Fallback.MostConfident;
        Reserve(rows: 1);
    }

    /// <summary>Each row's answer, final or so far.</summary>
    public ReadOnlySpan<float> Answers => answers;

    /// <summary>Each row's decision, final or so far.</summary>
    public ReadOnlySpan<ExitDecision> Decisions => decisions;

    /// <summary>Each row's gate at the exit under way, by its place among the rows that are left.</summary>
    public Span<float> Gates => gates;

    /// <summary>Makes scratch for this many rows, if there is not enough.</summary>
    public void Reserve(int rows)
    {
        if (decisions.Length >= rows) return;
        int values = checked(rows * plan.Classes);
        if (countsAgreement)
        {
            agreeing = new int[rows];
            before = new float[values];
        }

        if (!plan.EnsembleWeights.IsEmpty)
        {
            weightedLogs = new float[values];
            ensembles = new float[values];
            weights = new float[rows];
        }

        if (answersByConfidence) confidences = new float[rows];
        if (plan.Exits.Any(exit => exit.Gate is not null)) gates = new float[rows];
        answers = new float[values];
        decisions = new ExitDecision[rows];
    }

    /// <summary>Starts a call.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The budget does not reach the first exit.</exception>
    /// <exception cref="InvalidOperationException">There is a budget, but the network's MACs are unknown.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Begin(ExitPolicy policy, in CallLimits limits, int rows)
    {
        this.policy = policy;
        this.limits = limits;
        lastExit = limits.Macs is long macs ? Budget.LastExit(plan, policy, macs) : policy.LastExit;
        isLimited = lastExit < plan.Exits.Length - 1 || limits.LimitTime;
        if (isLimited || answersByConfidence)
        {
            for (int row = 0; row < rows; row++) decisions[row] = new ExitDecision(NoAnswer, NoAnswer, float.NaN);
        }

        if (countsAgreement) agreeing.AsSpan(0, rows).Clear();
        if (plan.EnsembleWeights.IsEmpty) return;
        weights.AsSpan(0, rows).Clear();
        weightedLogs.AsSpan(0, rows * plan.Classes).Clear();
    }

    /// <summary>How many exits in a row, this one included, gave this answer; NaN when the logits have a NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public float CountAgreeing(int row, ReadOnlySpan<float> logits)
    {
        if (Outputs.HasNaN(logits))
        {
            agreeing[row] = 0;
            return float.NaN;
        }

        Span<float> last = before.AsSpan(row * plan.Classes, plan.Classes);
        agreeing[row] = agreeing[row] > 0 && Outputs.Agree(plan, last, logits) ? agreeing[row] + 1 : 1;
        logits.CopyTo(last);
        return agreeing[row];
    }

    /// <summary>
    /// The logarithm of the weighted geometric mean of the probabilities of this exit and of those that ran before it; the logits
    /// themselves when they have a NaN.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public ReadOnlySpan<float> Ensemble(int row, int exit, ReadOnlySpan<float> logits)
    {
        if (Outputs.HasNaN(logits)) return logits;
        Span<float> sum = weightedLogs.AsSpan(row * plan.Classes, plan.Classes);
        Span<float> mean = ensembles.AsSpan(row * plan.Classes, plan.Classes);
        float weight = plan.EnsembleWeights[exit];
        weights[row] += weight;
        LogSoftmax.AddWeighted(logits, weight, sum);
        for (int index = 0; index < sum.Length; index++) mean[index] = sum[index] / weights[row];
        return mean;
    }

    /// <summary>Keeps an answer that may become final when no condition holds later. Does nothing where none can.</summary>
    /// <returns>Whether it kept it.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool Remember(int row, int exit, float score, ReadOnlySpan<float> logits)
    {
        if (!isLimited && !answersByConfidence) return false;
        if (Outputs.HasNaN(logits)) return false;
        if (answersByConfidence && !IsMostConfident(row, exit, logits)) return false;
        Keep(row, exit, score, logits, ExitReason.Conditions);
        return true;
    }

    /// <summary>Keeps a final answer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Keep(int row, int exit, float score, ReadOnlySpan<float> logits, ExitReason reason)
    {
        decisions[row] = new ExitDecision(exit, Outputs.Label(plan.Output, logits), score) { Reason = reason };
        logits.CopyTo(answers.AsSpan(row * plan.Classes));
    }

    /// <summary>Keeps the answer of a row that reached the last exit: that exit's, or an earlier one's that was surer.</summary>
    /// <param name="row">The row of scratch.</param>
    /// <param name="logits">What the last exit gives.</param>
    /// <param name="callersRow">The row as errors name it.</param>
    /// <returns>Whether it is the last exit's.</returns>
    /// <exception cref="InvalidOperationException">The last exit gave NaN, and no earlier one can answer for it.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool KeepLast(int row, ReadOnlySpan<float> logits, int callersRow)
    {
        int last = plan.Exits.Length - 1;
        float confidence = Outputs.Confidence(plan.Output, logits, policy.Temperature(last));
        bool hasNaN = plan.Output == OutputKind.Classification ? float.IsNaN(confidence) : Outputs.HasNaN(logits);
        bool hasEarlier = answersByConfidence && decisions[row].Exit != NoAnswer;
        if (hasEarlier && (hasNaN || !IsMostConfident(row, confidence)))
        {
            decisions[row] = decisions[row] with { Reason = ExitReason.MostConfident };
            return false;
        }

        if (hasNaN) throw NoAnswerFor(callersRow);
        Keep(row, last, confidence, logits, ExitReason.LastExit);
        return true;
    }

    /// <summary>
    /// Whether the call must end before the next part of the network: it is limited, its limit is reached, and every row that is left
    /// has an answer, which then becomes final.
    /// </summary>
    /// <param name="nextExit">The exit that would run next.</param>
    /// <param name="rows">The rows that are left.</param>
    public bool IsOver(int nextExit, ReadOnlySpan<int> rows) => isLimited && EndsBefore(nextExit, rows);

    private bool EndsBefore(int nextExit, ReadOnlySpan<int> rows)
    {
        ExitReason reason;
        if (nextExit > lastExit) reason = lastExit == policy.LastExit ? ExitReason.MaximumDepth : ExitReason.Budget;
        else if (limits.Cancellation.IsCancellationRequested) reason = ExitReason.Cancelled;
        else if (limits.Deadline is long deadline && Stopwatch.GetTimestamp() >= deadline) reason = ExitReason.Deadline;
        else return false;

        foreach (int row in rows)
        {
            if (decisions[row].Exit == NoAnswer) return false;
        }

        foreach (int row in rows) decisions[row] = decisions[row] with { Reason = reason };
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool IsMostConfident(int row, int exit, ReadOnlySpan<float> logits) =>
        IsMostConfident(row, Outputs.Confidence(plan.Output, logits, policy.Temperature(exit)));

    private bool IsMostConfident(int row, float confidence)
    {
        if (decisions[row].Exit != NoAnswer && !(confidence >= confidences[row])) return false;
        confidences[row] = confidence;
        return true;
    }

    private InvalidOperationException NoAnswerFor(int callersRow) => new(
        $"{plan.Name}: the last exit '{plan.Exits[^1].Name}' gave NaN for row {callersRow}, so there is no answer; is there a NaN in the input?");
}
