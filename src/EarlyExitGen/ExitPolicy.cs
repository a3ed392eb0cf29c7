using System.Collections.Immutable;

namespace EarlyExitGen;

/// <summary>
/// The thresholds by which a network exits. Immutable and thread-safe: to change a threshold, make a new policy and assign it; a
/// call reads the policy once, so that every answer is one policy's.
/// </summary>
public sealed class ExitPolicy
{
    private readonly ImmutableArray<float> thresholds;

    private ExitPolicy(NetworkPlan network, ImmutableArray<float> thresholds)
    {
        Network = network;
        this.thresholds = thresholds;
    }

    /// <summary>The network that it is for.</summary>
    public NetworkPlan Network { get; }

    /// <summary>The threshold of one exit in its criterion's own unit; NaN for the last exit, which has none.</summary>
    public float this[int exit] => thresholds[exit];

    /// <summary>The policy that the attributes declare.</summary>
    public static ExitPolicy Default(NetworkPlan network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return new ExitPolicy(network, [.. network.Exits.Select(exit => exit.Threshold)]);
    }

    /// <summary>A policy with one threshold per early exit, that is, one fewer than the network has exits.</summary>
    /// <param name="network">The network.</param>
    /// <param name="thresholds">
    /// In each criterion's own unit. Infinities are allowed and make an exit answer always or never; NaN is not.
    /// </param>
    /// <exception cref="ArgumentException">The number of thresholds is wrong, or one is NaN.</exception>
    public static ExitPolicy Create(NetworkPlan network, params ReadOnlySpan<float> thresholds)
    {
        ArgumentNullException.ThrowIfNull(network);
        int expected = network.Exits.Length - 1;
        if (thresholds.Length != expected)
        {
            throw new ArgumentException(
                $"{network.Name} has {expected} early exits and needs as many thresholds, but {thresholds.Length} were given.",
                nameof(thresholds));
        }

        for (int exit = 0; exit < expected; exit++)
        {
            if (float.IsNaN(thresholds[exit]))
            {
                throw new ArgumentException(
                    $"{network.Name}: the threshold of exit '{network.Exits[exit].Name}' is NaN.", nameof(thresholds));
            }
        }

        return new ExitPolicy(network, [.. thresholds, float.NaN]);
    }

    /// <summary>The same policy with another threshold at one exit.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such early exit.</exception>
    /// <exception cref="ArgumentException">The threshold is NaN.</exception>
    public ExitPolicy With(int exit, float threshold)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(exit);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(exit, Network.Exits.Length - 1);
        Span<float> changed = thresholds.AsSpan()[..^1].ToArray();
        changed[exit] = threshold;
        return Create(Network, changed);
    }
}
