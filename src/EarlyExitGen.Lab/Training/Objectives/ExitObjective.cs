using System.Collections.Immutable;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace EarlyExitGen.Lab.Training;

/// <summary>Trains stages and exits by the exits' weighted losses, in the phases of a strategy.</summary>
internal sealed class ExitObjective : TrainingObjective
{
    private readonly TrainingOptions options;
    private readonly NetworkParts parts;

    public ExitObjective(EarlyExitModule network, TrainingOptions options, TrainingBatches training)
        : base(network)
    {
        this.options = options;
        Phases = options.Strategy.Phases(Plan, options.Epochs);
        foreach (TrainingPhase phase in Phases) phase.RequireFits(Plan);
        options.GradientFlow.RequireFits(Plan);
        options.LossWeights.At(Plan.Exits.Length, moment: 0);
        if (options.Distillation is not null && Plan.Output != OutputKind.Classification)
        {
            throw new InvalidOperationException(
                $"{Plan.Name} gives {Plan.Output} outputs: self-distillation compares distributions over classes.");
        }

        parts = Trace(training, options.Seed, withGates: false);
    }

    public override ImmutableArray<TrainingPhase> Phases { get; }

    public override IEnumerable<KeyValuePair<string, string>> Settings =>
    [
        new("trained", "exits"),
        new(nameof(options.Strategy), options.Strategy.ToString()),
        new(nameof(options.LossWeights), options.LossWeights.ToString()),
        new(nameof(options.Distillation), options.Distillation?.ToString() ?? "none"),
        new(nameof(options.GradientFlow), options.GradientFlow.ToString()),
    ];

    public override IReadOnlyList<(Parameter Parameter, int? Stage)> TrainedBy(TrainingPhase phase) => parts.TrainedBy(phase);

    public override void SetModes(TrainingPhase phase) => parts.SetModes(phase);

    public override Parameter? CreateLogVariances(Device device) => options.LossWeights.CreateLogVariances(Plan.Exits.Length, device);

    public override BatchLosses Losses(TrainingPhase phase, Tensor input, Tensor label, long batch)
    {
        ImmutableArray<int> exits = phase.Turns[(int)(batch % phase.Turns.Length)];
        Dictionary<int, Tensor> logits = Forward(phase, input, exits);
        ImmutableArray<Tensor> losses = [.. exits.Select(exit => LossOf(exit, logits, label))];
        return new BatchLosses(BatchOutcome.Read(exits, [.. exits.Select(exit => logits[exit])], losses, label), losses);
    }

    public override Tensor Sum(BatchLosses losses, double moment, Parameter? logVariances)
    {
        IReadOnlyList<double> weights = options.LossWeights.At(Plan.Exits.Length, moment);
        Tensor? sum = null;
        for (int index = 0; index < losses.Losses.Length; index++)
        {
            int exit = losses.Outcomes[index].Exit;
            Tensor loss = losses.Losses[index];
            if (logVariances is not null)
            {
                Tensor logVariance = logVariances[exit];
                loss = (loss * (-logVariance).exp()) + (logVariance / 2);
            }

            Tensor weighted = loss * weights[exit];
            sum = sum is null ? weighted : sum + weighted;
        }

        return sum!;
    }

    /// <summary>Gradient equilibrium.</summary>
    public override void ShapeGradients(BatchLosses losses, IReadOnlyList<(Parameter Parameter, int? Stage)> trained)
    {
        using IDisposable still = no_grad();
        foreach ((Parameter parameter, int? stage) in trained)
        {
            if (stage is null || parameter.grad is not Tensor gradient) continue;
            int behind = losses.Outcomes.Count(outcome => Plan.Exits[outcome.Exit].Stage >= stage);
            double factor = behind == 0 ? 1 : options.GradientFlow.StageFactor(behind);
            if (factor != 1) gradient.mul_(factor);
        }
    }

    public override ImmutableArray<ExitOutcome> Measure(Tensor input, Tensor label)
    {
        ExitLogits logits = Network.ForwardAll(input);
        return BatchOutcome.Read(
            [.. Enumerable.Range(0, Plan.Exits.Length)],
            [.. logits],
            [.. logits.Select(exit => options.LossOf(Plan, exit, label))],
            label);
    }

    /// <summary>The logits of the turn's exits, and of the last exit when it teaches them. Runs no stage deeper than needed.</summary>
    private Dictionary<int, Tensor> Forward(TrainingPhase phase, Tensor input, ImmutableArray<int> exits)
    {
        Dictionary<int, Tensor> logits = [];
        int teacher = Plan.Exits.Length - 1;
        int deepestTrained = Plan.Exits[exits.Max()].Stage;
        int last = options.Distillation is null ? exits.Max() : teacher;
        Tensor features = input;
        int stage = 0;
        for (int exit = 0; exit <= last; exit++)
        {
            for (; stage <= Plan.Exits[exit].Stage; stage++)
            {
                using IDisposable? still = stage < phase.FrozenStages || stage > deepestTrained ? no_grad() : null;
                features = Network.CallStage(stage, features);
            }

            if (exits.Contains(exit))
            {
                logits[exit] = Network.CallExit(exit, IntoHead(exit, features));
            }
            else if (exit == teacher)
            {
                using IDisposable still = no_grad();
                logits[exit] = Network.CallExit(exit, features);
            }
        }

        return logits;
    }

    /// <summary>The same features, whose gradient is multiplied on its way back.</summary>
    private Tensor IntoHead(int exit, Tensor features)
    {
        double factor = options.GradientFlow.HeadFactor(exit);
        if (factor == 1 || !features.requires_grad) return features;
        Tensor still = features.detach();

        // The difference is exactly 0, so that the values stay what they are, and only the difference has a gradient.
        return factor == 0 ? still : still + ((features - still) * factor);
    }

    private Tensor LossOf(int exit, Dictionary<int, Tensor> logits, Tensor label)
    {
        Tensor labelled = options.LossOf(Plan, logits[exit], label);
        int teacher = Plan.Exits.Length - 1;
        return options.Distillation is null || exit == teacher
            ? labelled
            : options.Distillation.Loss(labelled, logits[exit], logits[teacher]);
    }
}
