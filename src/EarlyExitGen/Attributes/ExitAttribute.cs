using EarlyExitGen.Criteria;

namespace EarlyExitGen;

/// <summary>
/// Marks an exit: a head that turns the features of the stage above it into logits, and the rule by which an input leaves there.
/// </summary>
/// <remarks>Heads give logits, never probabilities. The last exit has no criterion: it always answers.</remarks>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property | AttributeTargets.Method)]
public sealed class ExitAttribute : Attribute
{
    /// <summary>The last exit: whatever reaches it is answered there.</summary>
    public ExitAttribute()
    {
    }

    /// <summary>An exit that answers when <paramref name="criterion"/> passes <paramref name="threshold"/>.</summary>
    /// <param name="criterion">How sure the head must be.</param>
    /// <param name="threshold">
    /// In the criterion's own unit; see <see cref="EarlyExitGen.Criterion"/>. The default of the network's <see cref="ExitPolicy"/>.
    /// </param>
    public ExitAttribute(Criterion criterion, double threshold)
    {
        Criterion = criterion;
        Threshold = threshold;
    }

    /// <summary>The criterion, or null on the last exit.</summary>
    public Criterion? Criterion { get; }

    /// <summary>The threshold in the criterion's own unit, or null on the last exit.</summary>
    public double? Threshold { get; }

    /// <summary>How the criterion combines with those of <see cref="ExitConditionAttribute"/>.</summary>
    public Combination Combination { get; set; }

    /// <summary>
    /// The member whose value <see cref="Criterion.Gate"/> compares: a module, or a method from tensor to tensor, that turns the features
    /// of the stage above into one value per input, [N, 1].
    /// </summary>
    public string? Gate { get; set; }
}

/// <summary>Marks an exit with a criterion of the user's own.</summary>
/// <typeparam name="TCriterion">A struct whose static members score the logits; calls to it are inlined.</typeparam>
/// <param name="threshold">In the criterion's own unit. The default of the network's <see cref="ExitPolicy"/>.</param>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property | AttributeTargets.Method)]
public sealed class ExitAttribute<TCriterion>(double threshold) : Attribute
    where TCriterion : struct, IExitCriterion
{
    /// <summary>The threshold in the criterion's own unit.</summary>
    public double Threshold { get; } = threshold;

    /// <summary>How the criterion combines with those of <see cref="ExitConditionAttribute"/>.</summary>
    public Combination Combination { get; set; }

    /// <inheritdoc cref="ExitAttribute.Gate"/>
    public string? Gate { get; set; }
}
