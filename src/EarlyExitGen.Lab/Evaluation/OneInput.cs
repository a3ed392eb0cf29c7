namespace EarlyExitGen.Lab.Evaluation;

/// <summary>Networks that take their input and nothing beside it: data sets here hold no extra inputs.</summary>
internal static class OneInput
{
    /// <summary>Requires such a network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="what">What can't do with others, as a sentence begins.</param>
    /// <exception cref="ArgumentException">The network declares an extra input.</exception>
    public static void Require(NetworkPlan network, string what)
    {
        if (network.ExtraInputs.IsEmpty) return;
        throw new ArgumentException(
            $"{network.Name} takes the extra input '{network.ExtraInputs[0].Name}': {what} networks that take one input alone.",
            nameof(network));
    }
}
