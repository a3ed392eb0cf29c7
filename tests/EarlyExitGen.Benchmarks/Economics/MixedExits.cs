using EarlyExitGen.Criteria;
using static TorchSharp.torch;

namespace EarlyExitGen.Benchmarks.Economics;

/// <summary>Thresholds by which about as many rows of a batch leave at each exit.</summary>
internal static class MixedExits
{
    public static ExitPolicy For(EarlyExitModule network, Tensor batch)
    {
        using IDisposable inference = inference_mode();
        using ExitLogits all = network.ForwardAll(batch);
        NetworkPlan plan = network.Plan;
        ExitPolicy policy = ExitPolicy.Default(plan);
        List<int> remaining = [.. Enumerable.Range(0, (int)batch.size(0))];
        for (int exit = 0; exit < plan.Exits.Length - 1; exit++)
        {
            ExitCriterion criterion = plan.Exits[exit].Criterion!;
            float[] logits = all[exit].data<float>().ToArray();
            float[] scores = [.. remaining.Select(row => criterion.Score(logits.AsSpan(row * plan.Classes, plan.Classes), 1))];
            int leaving = Math.Max(1, remaining.Count / (plan.Exits.Length - exit));

            // As many as that score at least as well as a threshold among the scores themselves.
            float threshold = scores.MinBy(candidate => Math.Abs(scores.Count(score => criterion.ShouldExit(score, candidate)) - leaving));
            policy = policy.With(exit, threshold);
            remaining = [.. remaining.Where((_, index) => !criterion.ShouldExit(scores[index], threshold))];
        }

        return policy;
    }
}
