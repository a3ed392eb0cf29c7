namespace EarlyExitGen.Tests.Criteria;

/// <summary>The criteria as their formulas say, in float64, over the whole softmax.</summary>
internal static class CriterionReference
{
    public static double Confidence(ReadOnlySpan<float> logits) => Max(Softmax(logits));

    public static double Entropy(ReadOnlySpan<float> logits)
    {
        double entropy = 0;
        foreach (double probability in Softmax(logits))
        {
            if (probability != 0) entropy -= probability * Math.Log(probability);
        }

        return entropy;
    }

    public static double NormalizedEntropy(ReadOnlySpan<float> logits) =>
        logits.Length == 1 ? Entropy(logits) : Entropy(logits) / Math.Log(logits.Length);

    public static double Energy(ReadOnlySpan<float> logits)
    {
        double max = Max(Array.ConvertAll(logits.ToArray(), logit => (double)logit));
        if (double.IsInfinity(max)) return -max;

        double sum = 0;
        foreach (float logit in logits) sum += Math.Exp(logit - max);
        return -(max + Math.Log(sum));
    }

    public static double Margin(ReadOnlySpan<float> logits)
    {
        double[] probabilities = Softmax(logits);
        if (probabilities.Any(double.IsNaN)) return double.NaN;

        Array.Sort(probabilities);
        return probabilities.Length == 1 ? 1 : probabilities[^1] - probabilities[^2];
    }

    public static int ArgMax(ReadOnlySpan<float> logits)
    {
        int best = -1;
        for (int index = 0; index < logits.Length; index++)
        {
            if (!float.IsNaN(logits[index]) && (best < 0 || logits[index] > logits[best])) best = index;
        }

        return Math.Max(best, 0);
    }

    // An infinite largest logit is the limit: the logits that equal it share the whole probability.
    private static double[] Softmax(ReadOnlySpan<float> logits)
    {
        double[] values = new double[logits.Length];
        for (int index = 0; index < logits.Length; index++) values[index] = logits[index];

        double max = Max(values);
        for (int index = 0; index < values.Length; index++) values[index] = values[index] == max ? 1 : Math.Exp(values[index] - max);

        double sum = values.Sum();
        return Array.ConvertAll(values, value => value / sum);
    }

    private static double Max(double[] values)
    {
        double max = values[0];
        foreach (double value in values) max = Math.Max(max, value);
        return max;
    }
}
