using EarlyExitGen.Criteria;

namespace EarlyExitGen;

/// <summary>
/// A further condition of an early exit, beside that of its <see cref="ExitAttribute"/>, whose <see cref="ExitAttribute.Combination"/>
/// says whether all must hold or one.
/// </summary>
/// <param name="criterion">How sure the head must be.</param>
/// <param name="threshold">In the criterion's own unit. The default of the network's <see cref="ExitPolicy"/>.</param>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property | AttributeTargets.Method, AllowMultiple = true)]
public sealed class ExitConditionAttribute(Criterion criterion, double threshold) : Attribute
{
    /// <summary>The criterion.</summary>
    public Criterion Criterion { get; } = criterion;

    /// <summary>The threshold in the criterion's own unit.</summary>
    public double Threshold { get; } = threshold;
}

/// <summary>A further condition of an early exit, with a criterion of the user's own.</summary>
/// <typeparam name="TCriterion">A struct whose static members score the logits; calls to it are inlined.</typeparam>
/// <param name="threshold">In the criterion's own unit. The default of the network's <see cref="ExitPolicy"/>.</param>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property | AttributeTargets.Method, AllowMultiple = true)]
public sealed class ExitConditionAttribute<TCriterion>(double threshold) : Attribute
    where TCriterion : struct, IExitCriterion
{
    /// <summary>The threshold in the criterion's own unit.</summary>
    public double Threshold { get; } = threshold;
}
