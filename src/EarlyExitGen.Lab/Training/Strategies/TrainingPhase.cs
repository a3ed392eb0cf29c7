using System.Collections.Immutable;

namespace EarlyExitGen.Lab.Training;

/// <summary>
/// One phase of a training run: for some epochs, the losses of some exits train what they depend on. Each phase starts with a new
/// optimiser and scheduler. Immutable and thread-safe.
/// </summary>
public sealed record TrainingPhase
{
    /// <summary>A phase whose batches take turns among sets of exits.</summary>
    /// <param name="name">What progress and errors call it.</param>
    /// <param name="epochs">Its length, at least 1.</param>
    /// <param name="turns">
    /// The exits whose losses count, counted from 0: the phase's first batch takes the first set, the next batch the second, and so on
    /// around. Most phases have one set.
    /// </param>
    /// <exception cref="ArgumentException">There is no epoch, no turn, or a turn without an exit.</exception>
    public TrainingPhase(string name, int epochs, params ImmutableArray<ImmutableArray<int>> turns)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfLessThan(epochs, 1);
        if (turns.IsDefaultOrEmpty || turns.Any(turn => turn.IsDefaultOrEmpty))
        {
            throw new ArgumentException($"Phase '{name}' has a turn without any exit.", nameof(turns));
        }

        Name = name;
        Epochs = epochs;
        Turns = turns;
    }

    /// <summary>What progress and errors call it.</summary>
    public string Name { get; }

    /// <summary>Its length.</summary>
    public int Epochs { get; }

    /// <summary>The exits whose losses count, one set per batch, in turn.</summary>
    public ImmutableArray<ImmutableArray<int>> Turns { get; }

    /// <summary>
    /// How many stages, from the first, keep their weights. They run in evaluation mode, so that the running statistics of their
    /// normalisation keep still too.
    /// </summary>
    public int FrozenStages { get; init; }

    /// <summary>The exits that take part in any turn, in ascending order.</summary>
    internal ImmutableArray<int> Exits => [.. Turns.SelectMany(turn => turn).Distinct().Order()];

    internal void RequireFits(NetworkPlan network)
    {
        if (Exits[0] < 0 || Exits[^1] >= network.Exits.Length)
        {
            throw new ArgumentException(
                $"Phase '{Name}' trains exits {string.Join(", ", Exits)}, but {network.Name} has exits 0 to {network.Exits.Length - 1}.");
        }

        if (FrozenStages < 0 || FrozenStages > network.Stages.Length)
        {
            throw new ArgumentException(
                $"Phase '{Name}' freezes {FrozenStages} stages, but {network.Name} has {network.Stages.Length}.");
        }
    }
}
