using MathNet.Numerics;

namespace EarlyExitGen.Lab.Calibration;

/// <summary>
/// Exact binomial tails, the finite-sample bounds of the guarantees. Clopper and Pearson, "The Use of Confidence or Fiducial Limits
/// Illustrated in the Case of the Binomial", 1934.
/// </summary>
public static class BinomialTail
{
    /// <summary>P(X ≤ k) for X ~ Binomial(n, p), to about 12 digits, however small.</summary>
    /// <param name="successes">k, in [0, n].</param>
    /// <param name="trials">n, at least 1.</param>
    /// <param name="probability">p, in [0, 1].</param>
    public static double AtMost(int successes, int trials, double probability)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(trials, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(successes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(successes, trials);
        RequireProbability(probability, nameof(probability));
        if (successes == trials || probability == 0) return 1;
        return probability == 1 ? 0 : SpecialFunctions.BetaRegularized(trials - successes, successes + 1.0, 1 - probability);
    }

    /// <summary>The Clopper–Pearson upper bound of a rate: the largest p for which as few successes are not too surprising.</summary>
    /// <param name="successes">k, in [0, n].</param>
    /// <param name="trials">n, at least 1.</param>
    /// <param name="confidence">The bound holds with this probability, in (0, 1).</param>
    /// <returns>The smallest p with P(X ≤ k) ≤ 1 − confidence, rounded up.</returns>
    public static double UpperBound(int successes, int trials, double confidence)
    {
        RequireConfidence(confidence);
        double low = (double)successes / trials;
        double high = 1;
        while (high - low > 1e-12)
        {
            double middle = (low + high) / 2;
            if (AtMost(successes, trials, middle) <= 1 - confidence) high = middle;
            else low = middle;
        }

        return high;
    }

    /// <summary>
    /// The most successes in n trials that still prove, at the confidence, that the rate is at most <paramref name="risk"/>.
    /// </summary>
    /// <returns>−1 when not even none would.</returns>
    public static int MostSuccesses(int trials, double risk, double confidence)
    {
        RequireConfidence(confidence);
        int proven = -1;
        int unproven = trials;
        while (unproven - proven > 1)
        {
            int middle = proven + ((unproven - proven) / 2);
            if (AtMost(middle, trials, risk) <= 1 - confidence) proven = middle;
            else unproven = middle;
        }

        return proven;
    }

    /// <summary>
    /// About how many trials would prove a rate of at most <paramref name="risk"/> if successes went on at <paramref name="rate"/>.
    /// </summary>
    /// <param name="rate">The rate that is expected, in [0, risk).</param>
    /// <param name="risk">In (0, 1).</param>
    /// <param name="confidence">In (0, 1).</param>
    /// <returns>Null when the rate is not below the risk or a thousand million trials are not enough.</returns>
    public static int? TrialsNeeded(double rate, double risk, double confidence)
    {
        RequireConfidence(confidence);
        RequireProbability(risk, nameof(risk));
        if (!(rate >= 0 && rate < risk)) return null;
        const int Most = 1_000_000_000;
        int enough = 1;
        while (!Proves(enough))
        {
            if (enough >= Most) return null;
            enough = Math.Min(Most, enough * 2);
        }

        int tooFew = enough / 2;
        while (enough - tooFew > 1)
        {
            int middle = tooFew + ((enough - tooFew) / 2);
            if (Proves(middle)) enough = middle;
            else tooFew = middle;
        }

        return enough;

        bool Proves(int trials) => AtMost((int)Math.Ceiling(rate * trials), trials, risk) <= 1 - confidence;
    }

    internal static void RequireConfidence(double confidence)
    {
        if (!(confidence > 0 && confidence < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(confidence), confidence, "A confidence lies between 0 and 1.");
        }
    }

    private static void RequireProbability(double probability, string name)
    {
        if (!(probability >= 0 && probability <= 1))
        {
            throw new ArgumentOutOfRangeException(name, probability, "A probability lies in [0, 1].");
        }
    }
}
