using System.Collections.Immutable;
using EarlyExitGen.Criteria;

namespace EarlyExitGen;

/// <summary>
/// What the compiler knows of a network, as data: its stages and exits in the order in which they run, their shapes and costs.
/// Immutable and thread-safe.
/// </summary>
/// <param name="Name">The network's class, without its namespace.</param>
/// <param name="Classes">The number of values that every exit gives: classes, labels or quantities.</param>
/// <param name="Input">The shape of one input without its batch dimension; empty when it was not declared.</param>
/// <param name="Fingerprint">
/// A hash of the architecture: equal fingerprints mean that weights and exit policies of one network fit the other.
/// </param>
/// <param name="Stages">The stages in the order in which they run.</param>
/// <param name="Exits">The exits in the order in which they run; the last one has no criterion.</param>
public sealed record NetworkPlan(
    string Name,
    int Classes,
    ImmutableArray<int> Input,
    string Fingerprint,
    ImmutableArray<StagePlan> Stages,
    ImmutableArray<ExitPlan> Exits)
{
    /// <summary>What the values of an exit stand for.</summary>
    public OutputKind Output { get; init; }

    /// <summary>One weight per exit by which exits answer together with those before them; empty when each answers for itself.</summary>
    public ImmutableArray<float> EnsembleWeights { get; init; } = [];

    /// <summary>How far the values of a regression may move between exits that agree.</summary>
    public float AgreementTolerance { get; init; }

    /// <summary>Which exit answers when no condition lets an input go.</summary>
    public Fallback Fallback { get; init; }

    /// <summary>What callers pass beside the input, in this order; empty for most networks.</summary>
    public ImmutableArray<ExtraInputPlan> ExtraInputs { get; init; } = [];

    /// <summary>
    /// Multiply–accumulate operations of one input that takes no early exit: every stage and every head. Null when a part is unknown.
    /// </summary>
    public long? FullMacs => Exits[^1].CumulativeMacs;

    /// <summary>All trainable parameters; null when a part is unknown.</summary>
    public long? Parameters
    {
        get
        {
            long? sum = 0;
            foreach (StagePlan stage in Stages) sum += stage.Parameters;
            foreach (ExitPlan exit in Exits) sum += exit.Parameters;
            return sum;
        }
    }

    /// <summary>Checks how many extra inputs a call was given.</summary>
    /// <exception cref="ArgumentException">It is another number than was declared.</exception>
    internal void RequireExtraInputs(int count)
    {
        if (count == ExtraInputs.Length) return;
        string declared = string.Join(", ", ExtraInputs.Select(extra => $"'{extra.Name}' [N, {string.Join(", ", extra.Shape)}]"));
        throw new ArgumentException(ExtraInputs.IsEmpty
            ? $"{Name} declares no extra input, but was given {count}."
            : $"{Name} must be given its extra inputs beside the input, {declared}, but was given {(count == 0 ? "none" : count)}.");
    }

    /// <summary>The average MACs of a set of inputs.</summary>
    /// <param name="share">The share of the inputs that left at each exit, each in [0, 1].</param>
    /// <returns>Null when a part's cost is unknown.</returns>
    public double? AverageMacs(ReadOnlySpan<double> share)
    {
        if (share.Length != Exits.Length)
        {
            throw new ArgumentException($"{Name} has {Exits.Length} exits, but {share.Length} shares were given.", nameof(share));
        }

        double? sum = 0;
        for (int exit = 0; exit < share.Length; exit++) sum += share[exit] * Exits[exit].CumulativeMacs;
        return sum;
    }
}

/// <summary>One stage of the backbone.</summary>
/// <param name="Name">The member's name.</param>
/// <param name="Description">Its layers in the user's own words.</param>
/// <param name="Output">The shape of its output without the batch dimension; empty when unknown.</param>
/// <param name="Macs">Multiply–accumulate operations for one input; null when unknown.</param>
/// <param name="Parameters">Trainable parameters; null when unknown.</param>
public sealed record StagePlan(string Name, string Description, ImmutableArray<int> Output, long? Macs, long? Parameters);

/// <summary>One exit.</summary>
/// <param name="Name">The member's name.</param>
/// <param name="Description">Its layers in the user's own words.</param>
/// <param name="Stage">The stage whose features it reads, counted from 0.</param>
/// <param name="Criterion">Its rule; null for the last exit.</param>
/// <param name="Threshold">The threshold that the attribute gave; NaN for the last exit.</param>
/// <param name="Macs">Multiply–accumulate operations of its head and gate for one input; null when unknown.</param>
/// <param name="CumulativeMacs">
/// Multiply–accumulate operations of an input that leaves here: the stages, heads and gates up to this one.
/// </param>
/// <param name="Parameters">Trainable parameters of its head and gate; null when unknown.</param>
public sealed record ExitPlan(
    string Name,
    string Description,
    int Stage,
    ExitCriterion? Criterion,
    float Threshold,
    long? Macs,
    long? CumulativeMacs,
    long? Parameters)
{
    /// <summary>The conditions beside that of <see cref="Criterion"/>.</summary>
    public ImmutableArray<ConditionPlan> FurtherConditions { get; init; } = [];

    /// <summary>How all conditions decide together.</summary>
    public Combination Combination { get; init; }

    /// <summary>The name of the gate's member; null when the exit has none.</summary>
    public string? Gate { get; init; }

    /// <summary>All criteria, that of <see cref="Criterion"/> first; empty for the last exit.</summary>
    public IEnumerable<ExitCriterion> Criteria =>
        Criterion is null ? [] : FurtherConditions.Select(condition => condition.Criterion).Prepend(Criterion);

    /// <summary>Whether a condition has this source for its score.</summary>
    internal bool Uses(ScoreSource source) => Criteria.Any(criterion => criterion.Source == source);
}

/// <summary>A further condition of an exit.</summary>
/// <param name="Criterion">Its criterion.</param>
/// <param name="Threshold">The threshold that the attribute gave.</param>
public sealed record ConditionPlan(ExitCriterion Criterion, float Threshold);
