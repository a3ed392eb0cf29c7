using EarlyExitGen.Criteria;

namespace EarlyExitGen.Lab.Evaluation;

/// <summary>
/// Networks of classes whose exits each decide by one criterion on their own logits: where a row leaves follows from one score per exit,
/// which no threshold and no other exit changes. That is what a search of thresholds builds on.
/// </summary>
internal static class SimpleRules
{
    /// <summary>Whether the network is such a one.</summary>
    public static bool Has(NetworkPlan network) => Obstacle(network) is null;

    /// <summary>Requires such a network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="what">What can't do with others, as a sentence begins.</param>
    /// <exception cref="ArgumentException">The network has another rule, which the message names.</exception>
    public static void Require(NetworkPlan network, string what)
    {
        if (Obstacle(network) is not string obstacle) return;
        throw new ArgumentException(
            $"{network.Name} {obstacle}: {what} networks of classes whose exits each decide by one criterion on their own logits.",
            nameof(network));
    }

    private static string? Obstacle(NetworkPlan network)
    {
        if (network.Output != OutputKind.Classification) return $"gives {network.Output} outputs";
        if (!network.EnsembleWeights.IsEmpty) return "ensembles its exits";
        if (network.Fallback != Fallback.LastExit) return "falls back to its most confident exit";
        foreach (ExitPlan exit in network.Exits)
        {
            if (!exit.FurtherConditions.IsEmpty) return $"combines conditions at exit '{exit.Name}'";
            if (exit.Criterion is { Source: not ScoreSource.Logits } criterion) return $"asks {criterion.Name} at exit '{exit.Name}'";
        }

        return null;
    }
}
