using static TorchSharp.torch;

namespace EarlyExitGen.Tests.Networks;

/// <summary>Policies by which about half of the rows that reach an exit leave there.</summary>
internal static class MixedExits
{
    public static ExitPolicy For(EarlyExitModule network, Tensor batch)
    {
        using IDisposable noGradient = no_grad();
        using ExitLogits all = network.ForwardAll(batch);
        ExitPolicy policy = ExitPolicy.Default(network.Plan);
        int rows = (int)batch.size(0);
        List<int> staying = [.. Enumerable.Range(0, rows)];
        for (int exit = 0; exit < all.Count - 1; exit++)
        {
            ExitPlan rule = network.Plan.Exits[exit];
            float[] logits = all[exit].data<float>().ToArray();
            float[] scores = [.. Enumerable.Range(0, rows).Select(row =>
                rule.Criterion!.Score(logits.AsSpan(row * network.Plan.Classes, network.Plan.Classes)))];
            float[] ordered = [.. staying.Select(row => scores[row]).Order()];

            // Between two rows' scores, never on one: there a rounding would decide.
            float threshold = (ordered[(ordered.Length / 2) - 1] + ordered[ordered.Length / 2]) / 2;
            policy = policy.With(exit, threshold);
            staying.RemoveAll(row => rule.Criterion!.ShouldExit(scores[row], threshold));
        }

        return policy;
    }
}
