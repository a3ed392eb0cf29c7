using EarlyExitGen.Criteria;
using EarlyExitGen.Exits;

namespace EarlyExitGen.Lab.Evaluation;

/// <summary>
/// What each exit answers for each recorded row, whether it is right, and its first condition's score under a policy. The scores are the
/// ones that the network computes, to the bit, so that a replayed policy decides as the network does.
/// </summary>
/// <remarks>
/// Where exits ask or answer together, an exit's entry is what it gives after the exits before it that are switched on. Thresholds play no
/// part in it.
/// </remarks>
internal sealed class ExitTable
{
    private readonly ExitPolicy built;
    private readonly bool isSimple;
    private readonly float[][]? ensembles;

    public ExitTable(RecordedLogits recorded, ExitPolicy policy)
    {
        if (policy.Network.Fingerprint != recorded.Network.Fingerprint)
        {
            throw new ArgumentException(
                $"The policy is for {policy.Network.Name} ({policy.Network.Fingerprint}), but the logits were recorded from " +
                $"{recorded.Network.Name} ({recorded.Network.Fingerprint}).", nameof(policy));
        }

        Recorded = recorded;
        built = policy;
        isSimple = SimpleRules.Has(Network);
        Scores = [.. Network.Exits.Select(_ => new float[recorded.Rows])];
        Predictions = [.. Network.Exits.Select(_ => new int[recorded.Rows])];
        if (isSimple)
        {
            for (int exit = 0; exit < Exits; exit++) ScoreAlone(exit);
            return;
        }

        if (!Network.EnsembleWeights.IsEmpty) ensembles = [.. Network.Exits.Select(_ => new float[recorded.Rows * Network.Classes])];
        for (int row = 0; row < Rows; row++) ScoreInTurn(row);
    }

    public RecordedLogits Recorded { get; }

    public int Rows => Recorded.Rows;

    public int Exits => Recorded.Exits;

    /// <summary>[exit][row].</summary>
    public float[][] Scores { get; }

    /// <summary>[exit][row]; the class, the surest label, or −1 for quantities.</summary>
    public int[][] Predictions { get; }

    private NetworkPlan Network => Recorded.Network;

    /// <summary>This table, or another where exits that are switched on or off change what others answer.</summary>
    public ExitTable For(ExitPolicy policy) =>
        isSimple || Enumerable.Range(0, Exits).All(exit => policy.IsEnabled(exit) == built.IsEnabled(exit))
            ? this
            : new ExitTable(Recorded, policy);

    /// <summary>What a caller gets for a row that is answered at an exit.</summary>
    public ReadOnlySpan<float> Answer(int exit, int row) => ensembles is null
        ? Recorded.Row(exit, row)
        : ensembles[exit].AsSpan(row * Network.Classes, Network.Classes);

    /// <summary>Whether the class, every label, or every quantity to within the network's tolerance is the true one.</summary>
    public bool IsRight(int exit, int row)
    {
        if (Network.Output == OutputKind.Classification) return Predictions[exit][row] == Recorded.Labels[row];
        ReadOnlySpan<float> answer = Answer(exit, row);
        ReadOnlySpan<float> target = Recorded.Target(row);
        for (int index = 0; index < answer.Length; index++)
        {
            bool right = Network.Output == OutputKind.MultiLabel
                ? answer[index] > 0 == target[index] > 0
                : MathF.Abs(answer[index] - target[index]) <= Network.AgreementTolerance;
            if (!right) return false;
        }

        return true;
    }

    /// <summary>Whether a row is of a class, or has a label.</summary>
    public bool IsOf(int label, int row) =>
        Network.Output == OutputKind.Classification ? Recorded.Labels[row] == label : Recorded.Target(row)[label] > 0;

    /// <summary>Whether an exit gives a row a class or a label.</summary>
    public bool Finds(int label, int exit, int row) =>
        Network.Output == OutputKind.Classification ? Predictions[exit][row] == label : Answer(exit, row)[label] > 0;

    /// <summary>The mean distance of a row's quantities from the true ones.</summary>
    public double Error(int exit, int row)
    {
        ReadOnlySpan<float> answer = Answer(exit, row);
        ReadOnlySpan<float> target = Recorded.Target(row);
        double sum = 0;
        for (int index = 0; index < answer.Length; index++) sum += Math.Abs((double)answer[index] - target[index]);
        return sum / answer.Length;
    }

    /// <summary>Whether two exits give a row the same answer.</summary>
    public bool Agree(int exit, int other, int row) => Outputs.Agree(Network, Answer(exit, row), Answer(other, row));

    public double Accuracy(int exit) => Enumerable.Range(0, Rows).Count(row => IsRight(exit, row)) / (double)Rows;

    /// <summary>The exit at which each row is answered.</summary>
    public int[] Replay(ExitPolicy policy) =>
        isSimple ? [.. Enumerable.Range(0, Rows).Select(row => Leave(policy, row))] : [.. Decide(policy).Select(answer => answer.Exit)];

    /// <summary>How each row is answered.</summary>
    public ReplayedAnswer[] Decide(ExitPolicy policy) =>
        [.. Enumerable.Range(0, Rows).Select(row => isSimple ? DecideAlone(policy, row) : Walk(policy, row))];

    private void ScoreAlone(int exit)
    {
        ExitCriterion criterion = Network.Exits[exit].Criterion ?? ExitCriterion.Of<Confidence>();
        for (int row = 0; row < Rows; row++)
        {
            ReadOnlySpan<float> logits = Recorded.Row(exit, row);
            Scores[exit][row] = criterion.Score(logits, built.Temperature(exit));
            Predictions[exit][row] = ArgMax.Of(logits);
        }
    }

    private void ScoreInTurn(int row)
    {
        ExitWalk walk = new(Network, built, row);
        for (int exit = 0; exit < Exits; exit++)
        {
            ExitWalk own = built.IsEnabled(exit) ? walk : After(exit, row);
            (float[] values, float[] scores) = own.Observe(exit, Recorded.Row(exit, row), Recorded.Gate(exit, row));
            Scores[exit][row] = scores.Length > 0
                ? scores[0]
                : Outputs.Confidence(Network.Output, values, built.Temperature(exit));
            Predictions[exit][row] = Outputs.Label(Network.Output, values);
            if (ensembles is not null) values.CopyTo(ensembles[exit].AsSpan(row * Network.Classes));
        }
    }

    /// <summary>A walk that stands before an exit which is switched off, and which no other exit may notice.</summary>
    private ExitWalk After(int exit, int row)
    {
        ExitWalk walk = new(Network, built, row);
        for (int passed = 0; passed < exit; passed++)
        {
            if (built.IsEnabled(passed)) walk.Observe(passed, Recorded.Row(passed, row), Recorded.Gate(passed, row));
        }

        return walk;
    }

    // Simple rules need no walk: a calibration replays them many thousands of times.
    private ReplayedAnswer DecideAlone(ExitPolicy policy, int row)
    {
        int exit = Leave(policy, row);
        ExitReason reason = exit == Exits - 1 ? ExitReason.LastExit : Fires(policy, exit, row) ? ExitReason.Conditions : ExitReason.MaximumDepth;
        return new ReplayedAnswer(new ExitDecision(exit, Predictions[exit][row], Scores[exit][row]) { Reason = reason }, exit);
    }

    private int Leave(ExitPolicy policy, int row)
    {
        int exit = 0;
        while (exit < Exits - 1 && !(policy.IsEnabled(exit) && (exit == policy.LastExit || Fires(policy, exit, row)))) exit++;
        return exit;
    }

    private bool Fires(ExitPolicy policy, int exit, int row) =>
        Network.Exits[exit].Criterion!.ShouldExit(Scores[exit][row], policy[exit]);

    private ReplayedAnswer Walk(ExitPolicy policy, int row)
    {
        ExitWalk walk = new(Network, policy, row);
        int depth = 0;
        for (int exit = 0; exit <= policy.LastExit; exit++)
        {
            if (!policy.IsEnabled(exit)) continue;
            depth = exit;
            if (walk.Visit(exit, Recorded.Row(exit, row), Recorded.Gate(exit, row))) return new ReplayedAnswer(walk.Decision!.Value, depth);
        }

        walk.End(ExitReason.MaximumDepth);
        return new ReplayedAnswer(walk.Decision!.Value, depth);
    }
}
