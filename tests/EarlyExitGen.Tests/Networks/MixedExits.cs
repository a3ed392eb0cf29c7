using EarlyExitGen.Criteria;
using static TorchSharp.torch;

namespace EarlyExitGen.Tests.Networks;

/// <summary>Policies by which about as many rows of a batch leave at each exit.</summary>
internal static class MixedExits
{
    public static ExitPolicy For(EarlyExitModule network, Tensor batch, params ReadOnlySpan<Tensor> extraInputs)
    {
        using IDisposable noGradient = no_grad();
        using ExitLogits all = network.ForwardAll(batch, extraInputs);
        NetworkPlan plan = network.Plan;
        ExitPolicy policy = ExitPolicy.Default(plan);
        List<int> staying = [.. Enumerable.Range(0, (int)batch.size(0))];
        for (int exit = 0; exit < plan.Exits.Length - 1; exit++)
        {
            ExitCriterion criterion = plan.Exits[exit].Criterion!;
            using Tensor host = all[exit].cpu();
            float[] logits = host.data<float>().ToArray();
            float score(int row) => criterion.Score(logits.AsSpan(row * plan.Classes, plan.Classes));
            float[] ordered = [.. staying.Select(score).Order()];
            int leaving = Math.Max(1, ordered.Length / (plan.Exits.Length - exit));
            bool leavesBelow = criterion.ShouldExit(0, float.PositiveInfinity);
            int first = leavesBelow ? leaving : ordered.Length - leaving;

            // Between two rows' scores, never on one: there a rounding would decide.
            float threshold = (ordered[first - 1] + ordered[first]) / 2;
            policy = policy.With(exit, threshold);
            staying.RemoveAll(row => criterion.ShouldExit(score(row), threshold));
        }

        return policy;
    }
}
