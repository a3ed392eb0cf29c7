using System.Collections.Immutable;
using System.Globalization;
using EarlyExitGen.Lab.Evaluation;

namespace EarlyExitGen.Lab.Calibration;

/// <summary>Finds temperatures and thresholds on held-out logits. Pure: the same data, budget and options give the same policy.</summary>
public static class Calibrator
{
    private static readonly double[] StricterShares = [0.1, 0.3, 0.5, 0.7, 0.85];

    /// <summary>
    /// Fits a temperature per exit, then finds the best policy within a budget over all exits' thresholds jointly and over which exits
    /// are on. An exit that costs more than it saves comes out switched off.
    /// </summary>
    /// <remarks>
    /// The budget holds on the data that was given, not on new data: for that, <see cref="CalibrateWithRisk"/>.
    /// </remarks>
    /// <param name="recorded">Held-out data that the network was not trained on.</param>
    /// <param name="budget">What to keep.</param>
    /// <param name="options">How; the defaults when null.</param>
    /// <exception cref="ArgumentException">
    /// No policy keeps within the cost budget, the network's MACs are unknown, or its exits do not each decide by one criterion on their own
    /// logits of classes.
    /// </exception>
    public static CalibrationResult Calibrate(RecordedLogits recorded, CalibrationBudget budget, CalibrationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(recorded);
        ArgumentNullException.ThrowIfNull(budget);
        options ??= new CalibrationOptions();
        Learnt learnt = Learn(recorded, budget.Loss, options);
        FoundPolicy found = budget.LargestLoss is double largest
            ? SearchCheapest(learnt, largest, options)
            : SearchWithinCost(learnt, budget.LargestCost!.Value, options, out _);
        if (budget.LargestCost is double cost && found.Loss > 0)
        {
            found = SearchWithinCost(learnt, cost, options, out long bound);
            if (bound < found.Loss)
            {
                learnt.Notes.Add(string.Create(
                    CultureInfo.InvariantCulture,
                    $"The search spent its effort: a policy within the cost may exist whose {budget.Loss.Describe()} is smaller by up to " +
                    $"{(found.Loss - bound) / (double)recorded.Rows:0.#####}."));
            }
        }

        ParetoPoint chosen = learnt.Point(found);
        if (budget.LargestLoss is not null && chosen.Gap > 0)
        {
            learnt.Notes.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"The search spent its effort: a policy within the budget may exist that is cheaper by up to {chosen.Gap:0.##%}."));
        }

        string inWords = budget.Describe(learnt.Costs.Unit);
        ExitPolicy policy = WithNote(chosen.Policy, learnt.Table, recorded, inWords, null, learnt.Costs, options);
        return learnt.Result(policy, chosen, null);
    }

    /// <summary>
    /// Finds the cheapest policy that can be promised to lose at most <paramref name="risk"/> on new data, with a finite-sample bound and
    /// no assumption but that calibration data and new data are drawn alike.
    /// </summary>
    /// <remarks>
    /// Part of the data learns temperatures and a path of policies from safe to bold; the rest tests them in that order with an exact
    /// binomial test each, up to the first that fails, so that the probability of promising too much is at most 1 − confidence
    /// however many are tested. Angelopoulos, Bates, Candès, Jordan and Lei, "Learn then Test: Calibrating Predictive Algorithms to
    /// Achieve Risk Control", 2021 (fixed-sequence testing); Laufer-Goldshtein, Fisch, Barzilay and Jaakkola, "Efficiently Controlling
    /// Multiple Risks with Pareto Testing", 2023 (the path); Clopper and Pearson, 1934 (the bound). Full depth loses nothing by
    /// definition and is what remains when nothing bolder can be promised.
    /// </remarks>
    /// <param name="recorded">Held-out data that the network was not trained on.</param>
    /// <param name="risk">The largest expected loss, in (0, 1): 0.01 is one point.</param>
    /// <param name="confidence">The probability that the promise holds, in (0, 1).</param>
    /// <param name="loss">
    /// What is limited: <see cref="ExitLoss.Harm"/>, which limits the accuracy drop too, or <see cref="ExitLoss.Disagreement"/>.
    /// </param>
    /// <param name="options">How; the defaults when null.</param>
    /// <exception cref="ArgumentException">
    /// The loss is not a rate, the network's MACs are unknown, or its exits do not each decide by one criterion on their own logits of classes.
    /// </exception>
    public static CalibrationResult CalibrateWithRisk(
        RecordedLogits recorded,
        double risk,
        double confidence,
        ExitLoss loss = ExitLoss.Harm,
        CalibrationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(recorded);
        BinomialTail.RequireConfidence(confidence);
        if (!(risk > 0 && risk < 1)) throw new ArgumentOutOfRangeException(nameof(risk), risk, "A risk lies between 0 and 1.");
        if (loss == ExitLoss.AccuracyDrop)
        {
            throw new ArgumentException(
                "The accuracy drop is a difference, not a rate, and has no exact bound; limit Harm, which is never smaller.", nameof(loss));
        }

        options ??= new CalibrationOptions();
        (RecordedLogits learning, RecordedLogits testing) = recorded.Split(options.LearningShare, options.Seed);
        Learnt learnt = Learn(learning, loss, options);
        ExitPolicy tuned = learnt.Point(SearchCheapest(learnt, risk, options)).Policy;
        ExitTable test = new(testing, tuned);

        ParetoPoint promised = learnt.FullDepth();
        int promisedLosses = 0;
        foreach (ParetoPoint candidate in SafeToBold(learnt))
        {
            int losses = CountLosses(test, candidate.Policy, loss);
            if (BinomialTail.AtMost(losses, testing.Rows, risk) > 1 - confidence) break;
            promised = candidate;
            promisedLosses = losses;
        }

        RiskGuarantee guarantee = new(
            loss,
            risk,
            confidence,
            testing.Rows,
            promisedLosses,
            IsFullDepth(promised.Policy) ? 0 : BinomialTail.UpperBound(promisedLosses, testing.Rows, confidence),
            Judge(tuned, test, loss, risk, confidence, options));
        AddPromises(learnt.Notes, guarantee, promised.Policy, recorded.Rows, options);
        string budget = string.Create(CultureInfo.InvariantCulture, $"{loss.Describe()} of at most {risk}");
        ExitPolicy policy = WithNote(promised.Policy, test, recorded, budget, guarantee.ToString(), learnt.Costs, options);
        return learnt.Result(policy, promised with { Policy = policy }, guarantee);
    }

    private static Learnt Learn(RecordedLogits recorded, ExitLoss loss, CalibrationOptions options)
    {
        SimpleRules.Require(recorded.Network, "calibration searches the thresholds of");
        CostModel costs = options.Costs ?? CostModel.FromMacs(recorded.Network);
        costs.RequireFor(recorded.Network);
        ImmutableArray<TemperatureFit> fits = options.FitTemperatures
            ? [.. Enumerable.Range(0, recorded.Exits).Select(exit => TemperatureFit.Of(recorded, exit))]
            : [];
        float[] temperatures = [.. Enumerable.Range(0, recorded.Exits).Select(exit => fits.IsEmpty ? 1 : fits[exit].Temperature)];
        ExitPolicy policy = ExitPolicy.Default(recorded.Network);
        for (int exit = 0; exit < temperatures.Length; exit++) policy = policy.WithTemperature(exit, temperatures[exit]);
        ExitTable table = new(recorded, policy);
        ThresholdSearch search = new(table, loss, costs);
        search.SeekFront(options.SearchEffort);
        return new Learnt(table, loss, temperatures, fits, costs, search);
    }

    private static FoundPolicy SearchCheapest(Learnt learnt, double largestLoss, CalibrationOptions options)
    {
        // A product such as 0.07 · 100 may round to just below the whole number that it is.
        long limit = (long)Math.Floor((largestLoss * learnt.Table.Rows) + 1e-9);
        learnt.Search.SeekCheapest(limit, options.SearchEffort);
        return learnt.Search.Cheapest(limit);
    }

    private static FoundPolicy SearchWithinCost(Learnt learnt, double largestCost, CalibrationOptions options, out long bound)
    {
        double limit = largestCost * learnt.Table.Rows;
        learnt.Search.SeekSmallestLoss(limit, options.SearchEffort);
        (FoundPolicy Policy, long LossBound)? found = learnt.Search.SmallestLoss(limit);
        if (found is null)
        {
            double cheapest = learnt.Search.Front()[^1].Cost;
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture,
                $"{learnt.Table.Recorded.Network.Name}: no policy costs {largestCost} {learnt.Costs.Unit} or less on average; " +
                $"the cheapest costs {cheapest}."), nameof(largestCost));
        }

        bound = found.Value.LossBound;
        return found.Value.Policy;
    }

    /// <summary>
    /// The policies to test, in an order that the testing rows have no part in: first the front's safest policy with stricter thresholds,
    /// which only a share of the inputs that it lets leave would pass, then the front itself.
    /// </summary>
    private static IEnumerable<ParetoPoint> SafeToBold(Learnt learnt)
    {
        ImmutableArray<ParetoPoint> front = learnt.Front;
        foreach (double share in StricterShares) yield return learnt.Stricter(front, share);
        foreach (ParetoPoint point in front) yield return point;
    }

    private static TunedThresholds Judge(
        ExitPolicy tuned, ExitTable test, ExitLoss loss, double risk, double confidence, CalibrationOptions options)
    {
        int losses = CountLosses(test, tuned, loss);
        int? rows = BinomialTail.TrialsNeeded((double)losses / test.Rows, risk, confidence);
        return new TunedThresholds(
            tuned,
            losses,
            BinomialTail.UpperBound(losses, test.Rows, confidence),
            rows is null ? null : (int)Math.Min(int.MaxValue, Math.Ceiling(rows.Value / (1 - options.LearningShare))));
    }

    private static void AddPromises(
        List<string> notes, RiskGuarantee guarantee, ExitPolicy promised, int samples, CalibrationOptions options)
    {
        if (IsFullDepth(promised))
        {
            int fewest = BinomialTail.TrialsNeeded(0, guarantee.Risk, guarantee.Confidence) ?? int.MaxValue;
            int inAll = (int)Math.Min(int.MaxValue, Math.Ceiling(fewest / (1 - options.LearningShare)));
            notes.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"Nothing but full depth can be promised with {samples} samples; the least that could promise any early exit is {inAll}, " +
                $"none of which loses."));
        }

        TunedThresholds tuned = guarantee.Tuned;
        if (tuned.UpperBound <= guarantee.Risk || tuned.Policy.Id == promised.Id) return;
        string needed = tuned.SamplesNeeded is int count
            ? string.Create(CultureInfo.InvariantCulture, $"about {count} samples in all would be needed")
            : "no number of samples would do";
        notes.Add(string.Create(
            CultureInfo.InvariantCulture,
            $"The thresholds that keep the budget on the data they were tuned on can't be promised: they lost {tuned.Losses} of " +
            $"{guarantee.TestRows} rows that they had not seen, which bounds their loss by {tuned.UpperBound:0.#####} only; at that rate " +
            $"{needed}."));
    }

    private static bool IsFullDepth(ExitPolicy policy) =>
        !Enumerable.Range(0, policy.Network.Exits.Length - 1).Any(policy.IsEnabled);

    private static int CountLosses(ExitTable table, ExitPolicy policy, ExitLoss loss)
    {
        int[] left = table.Replay(policy);
        int losses = 0;
        for (int row = 0; row < left.Length; row++) losses += loss.Of(table, left[row], row);
        return losses;
    }

    private static ExitPolicy WithNote(
        ExitPolicy policy,
        ExitTable table,
        RecordedLogits recorded,
        string budget,
        string? guarantee,
        CostModel costs,
        CalibrationOptions options)
    {
        int[] left = table.Replay(policy);
        double[] shares = [.. Enumerable.Range(0, table.Exits).Select(exit => left.Count(at => at == exit) / (double)left.Length)];
        int right = Enumerable.Range(0, table.Rows).Count(row => table.IsRight(left[row], row));
        return policy.WithCalibration(new CalibrationRecord(
            options.Clock.GetUtcNow(),
            recorded.Hash(),
            recorded.Rows,
            budget,
            guarantee,
            [.. shares],
            (double)right / table.Rows,
            table.Accuracy(table.Exits - 1),
            costs.Average(policy, shares),
            costs.Unit));
    }
}
