using EarlyExitGen.Lab.Training;

namespace TrainingStrategies;

/// <summary>One way to train.</summary>
/// <param name="Name">What the table calls it.</param>
/// <param name="Choose">Makes its choice in options that are otherwise the same for all.</param>
internal sealed record Contender(string Name, Func<TrainingOptions, TrainingOptions> Choose)
{
    public const string Joint = "joint";
    public const string Separate = "separate";
    public const string Mixed = "mixed";

    /// <summary>Those that the literature compares most.</summary>
    public static IReadOnlyList<Contender> Three { get; } =
    [
        new(Joint, options => options with { Strategy = TrainingStrategy.Joint() }),
        new(Separate, options => options with { Strategy = TrainingStrategy.Separate() }),
        new(Mixed, options => options with { Strategy = TrainingStrategy.Mixed() }),
    ];

    public static IReadOnlyList<Contender> All { get; } =
    [
        .. Three,
        new("alternating", options => options with { Strategy = TrainingStrategy.Alternating() }),
        new("progressive, last exit first", options => options with { Strategy = TrainingStrategy.Progressive() }),
        new(
            "progressive, first exit first",
            options => options with { Strategy = TrainingStrategy.Progressive(ProgressiveOrder.FromFirstExit) }),
        new("joint, distilled", options => options with { Distillation = new SelfDistillation() }),
        new(
            "separate, distilled",
            options => options with { Strategy = TrainingStrategy.Separate(), Distillation = new SelfDistillation(weight: 1) }),
        new("joint, gradient equilibrium", options => options with { GradientFlow = GradientFlow.Equilibrium }),
        new("joint, weights linear in depth", options => options with { LossWeights = LossWeights.LinearInDepth }),
        new("joint, weights learned", options => options with { LossWeights = LossWeights.LearnedByUncertainty }),
    ];
}
