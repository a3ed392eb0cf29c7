using System.Collections.Immutable;
using EarlyExitGen.Criteria;

namespace EarlyExitGen;

/// <summary>
/// What the compiler knows of a network, as data: its stages and exits in the order in which they run, their shapes and costs.
/// Immutable and thread-safe.
/// </summary>
/// <param name="Name">The network's class, without its namespace.</param>
/// <param name="Classes">The number of classes.</param>
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
/// <param name="Macs">Multiply–accumulate operations of its head for one input; null when unknown.</param>
/// <param name="CumulativeMacs">
/// Multiply–accumulate operations of an input that leaves here: the stages up to this one and every head up to this one.
/// </param>
/// <param name="Parameters">Trainable parameters of its head; null when unknown.</param>
public sealed record ExitPlan(
    string Name,
    string Description,
    int Stage,
    ExitCriterion? Criterion,
    float Threshold,
    long? Macs,
    long? CumulativeMacs,
    long? Parameters);
