using EarlyExitGen.Criteria;
using static TorchSharp.torch;

namespace EarlyExitGen.Tests.Rules;

/// <summary>Weights and policies drawn at random, with which every exit of the networks beside answers for every reason.</summary>
internal static class RandomRules
{
    public static void Fill(EarlyExitModule network)
    {
        using IDisposable noGradient = no_grad();
        foreach (TorchSharp.Modules.Parameter parameter in network.parameters()) parameter.normal_(0, 0.6);
    }

    /// <summary>Thresholds of the declaration, some of which never or always let go or are off; another temperature; another depth.</summary>
    public static ExitPolicy Policy(NetworkPlan plan, Random random)
    {
        ExitPolicy policy = ExitPolicy.Default(plan);
        for (int exit = 0; exit < plan.Exits.Length; exit++)
        {
            if (random.Next(3) == 0) policy = policy.WithTemperature(exit, 0.5f + random.NextSingle());
            if (exit == plan.Exits.Length - 1) continue;
            policy = random.Next(6) switch
            {
                0 => policy.With(exit, Extreme(plan.Exits[exit].Criterion!, fires: false)),
                1 => policy.With(exit, Extreme(plan.Exits[exit].Criterion!, fires: true)),
                2 => policy.WithDisabled(exit),
                _ => policy,
            };
        }

        int first = random.Next(3) == 0 ? random.Next(plan.Exits.Length) : 0;
        int last = random.Next(3) == 0 ? random.Next(first, plan.Exits.Length) : plan.Exits.Length - 1;
        return policy.WithDepth(first, last);
    }

    /// <summary>The threshold that every score passes, or none.</summary>
    public static float Extreme(ExitCriterion criterion, bool fires) =>
        criterion.ShouldExit(0, float.PositiveInfinity) == fires ? float.PositiveInfinity : float.NegativeInfinity;
}
