using EarlyExitGen.Criteria;

namespace EarlyExitGen.Lab.Evaluation;

/// <summary>Which networks can be replayed, calibrated and evaluated from recorded logits.</summary>
internal static class ReplayableRules
{
    /// <summary>Requires that each exit decides for itself, by one criterion on its own logits of classes.</summary>
    /// <exception cref="ArgumentException">The network has another rule, which the message names.</exception>
    public static void Require(NetworkPlan network)
    {
        if (Obstacle(network) is not string obstacle) return;
        throw new ArgumentException(
            $"{network.Name} {obstacle}: calibration and evaluation replay networks of classes whose exits each decide by one criterion on " +
            "their own logits.",
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
