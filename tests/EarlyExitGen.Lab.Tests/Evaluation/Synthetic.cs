using System.Collections.Immutable;
using EarlyExitGen.Criteria;
using EarlyExitGen.Lab.Evaluation;

namespace EarlyExitGen.Lab.Tests.Evaluation;

/// <summary>Networks that exist on paper only, and logits with known behaviour for them.</summary>
internal static class Synthetic
{
    private static readonly ExitCriterion[] Criteria =
        [ExitCriterion.Of<Confidence>(), ExitCriterion.Of<Entropy>(), ExitCriterion.Of<Margin>()];

    /// <summary>One exit per stage; exit k uses the k-th of confidence, entropy and margin.</summary>
    public static NetworkPlan Plan(int exits, int classes = 10, string fingerprint = "5e1f0c", long head = 50)
    {
        StagePlan[] stages = [.. Enumerable.Range(0, exits).Select(
            stage => new StagePlan($"stage{stage}", "Linear", [8], 1000, 10))];
        List<ExitPlan> plans = [];
        for (int exit = 0; exit < exits; exit++)
        {
            bool last = exit == exits - 1;
            ExitCriterion? criterion = last ? null : Criteria[exit % Criteria.Length];
            plans.Add(new ExitPlan(
                $"exit{exit}", "Linear", exit, criterion, last ? float.NaN : 0.5f, head, (exit + 1) * (1000 + head), 10));
        }

        return new NetworkPlan("Paper", classes, [8], fingerprint, [.. stages], [.. plans]);
    }

    /// <summary>
    /// Rows of varying difficulty. Deeper exits see the class more clearly; every logit is multiplied by <paramref name="sharpness"/>,
    /// so that a value other than 1 is a miscalibrated network with the same labels.
    /// </summary>
    public static RecordedLogits Logits(NetworkPlan plan, int rows, int seed, float sharpness = 1)
    {
        Random random = new(seed);
        int classes = plan.Classes;
        int exits = plan.Exits.Length;
        float[][] logits = [.. plan.Exits.Select(_ => new float[rows * classes])];
        int[] labels = new int[rows];
        for (int row = 0; row < rows; row++)
        {
            labels[row] = random.Next(classes);
            double ease = Math.Pow(random.NextDouble(), 0.5);
            double[] shared = [.. Enumerable.Range(0, classes).Select(_ => Normal(random))];
            for (int exit = 0; exit < exits; exit++)
            {
                double signal = ease * (5 + (5.0 * (exit + 1) / exits));
                for (int label = 0; label < classes; label++)
                {
                    double value = (0.8 * shared[label]) + (0.6 * Normal(random)) + (label == labels[row] ? signal : 0);
                    logits[exit][(row * classes) + label] = (float)(sharpness * value);
                }
            }
        }

        return new RecordedLogits(plan, logits, labels);
    }

    public static ImmutableArray<double> Shares(int exits) => [.. Enumerable.Repeat(1.0 / exits, exits)];

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
