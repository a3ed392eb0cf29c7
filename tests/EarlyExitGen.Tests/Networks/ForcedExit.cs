namespace EarlyExitGen.Tests.Networks;

/// <summary>Policies that make every input leave at one exit.</summary>
internal static class ForcedExit
{
    /// <summary>The exits before <paramref name="exit"/> never fire, and that one always does.</summary>
    public static ExitPolicy At(NetworkPlan network, int exit)
    {
        float[] thresholds = new float[network.Exits.Length - 1];
        for (int index = 0; index < thresholds.Length; index++) thresholds[index] = Threshold(network.Exits[index], fires: index == exit);
        return ExitPolicy.Create(network, thresholds);
    }

    private static float Threshold(ExitPlan exit, bool fires)
    {
        bool firesAtInfinity = exit.Criterion!.ShouldExit(0, float.PositiveInfinity);
        return fires == firesAtInfinity ? float.PositiveInfinity : float.NegativeInfinity;
    }
}
