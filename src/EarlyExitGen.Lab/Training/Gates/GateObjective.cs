using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace EarlyExitGen.Lab.Training;

/// <summary>Trains gates by the binary cross-entropy of what they say about their exits, which stay as they are.</summary>
internal sealed class GateObjective : TrainingObjective
{
    private const string PhaseName = "gates";

    private readonly GateTrainingOptions options;
    private readonly double tolerance;
    private readonly NetworkParts parts;

    public GateObjective(EarlyExitModule network, GateTrainingOptions options, TrainingBatches training)
        : base(network)
    {
        this.options = options;
        Gates = [.. Enumerable.Range(0, Plan.Exits.Length).Where(exit => Plan.Exits[exit].Gate is not null)];
        if (Gates.IsEmpty) throw new InvalidOperationException($"{Plan.Name} has no gate to train.");
        tolerance = options.Tolerance ?? Plan.AgreementTolerance;
        if (Plan.Output == OutputKind.Regression && !(tolerance > 0))
        {
            throw new InvalidOperationException(
                $"{Plan.Name} is a regression: its gates need a tolerance above 0 to tell which answers are the same.");
        }

        Phases = [new TrainingPhase(PhaseName, options.Epochs, Gates)];
        parts = Trace(training, options.Seed, withGates: true);
        if (parts.SharedWithGate() is (string shared, int exit))
        {
            throw new InvalidOperationException(
                $"{Plan.Name}: gate '{Plan.Exits[exit].Gate}' shares '{shared}' with a stage or an exit, which training it would change.");
        }
    }

    /// <summary>The exits that have a gate.</summary>
    public ImmutableArray<int> Gates { get; }

    public override ImmutableArray<TrainingPhase> Phases { get; }

    public override IEnumerable<KeyValuePair<string, string>> Settings =>
    [
        new("trained", "gates"),
        new(nameof(options.Target), options.Target.ToString()),
        new(nameof(options.Tolerance), tolerance.ToString("R", CultureInfo.InvariantCulture)),
        new("what gates leave alone", options.Checkpoint is null ? "" : HashOfWhatStays()),
    ];

    public override IReadOnlyList<(Parameter Parameter, int? Stage)> TrainedBy(TrainingPhase phase) => parts.TrainedByGates();

    public override void SetModes(TrainingPhase phase) => parts.SetGateModes();

    public override BatchLosses Losses(TrainingPhase phase, Tensor input, Tensor label, long batch)
    {
        (Tensor[] features, Tensor[] logits) = Run(input);
        ImmutableArray<Tensor> targets = [.. Gates.Select(exit => Target(logits[exit], logits[^1], label))];
        ImmutableArray<Tensor> said =
            [.. Gates.Zip(targets, (exit, target) => Network.CallGate(exit, features[Plan.Exits[exit].Stage]).reshape(target.shape))];
        ImmutableArray<Tensor> losses =
            [.. said.Zip(targets, (gate, target) => nn.functional.binary_cross_entropy_with_logits(gate, target))];
        return new BatchLosses(BatchOutcome.ReadGates(Gates, said, targets, losses), losses);
    }

    public override Tensor Sum(BatchLosses losses, double moment, Parameter? logVariances) =>
        stack(losses.Losses).sum();

    public override ImmutableArray<ExitOutcome> Measure(Tensor input, Tensor label) =>
        Losses(Phases[0], input, label, batch: 0).Outcomes;

    /// <summary>Each stage's features and each exit's logits, through which no gradient flows.</summary>
    private (Tensor[] Features, Tensor[] Logits) Run(Tensor input)
    {
        using IDisposable still = no_grad();
        Tensor[] features = new Tensor[Plan.Stages.Length];
        Tensor[] logits = new Tensor[Plan.Exits.Length];
        int exit = 0;
        for (int stage = 0; stage < features.Length; stage++)
        {
            features[stage] = Network.CallStage(stage, stage == 0 ? input : features[stage - 1]);
            for (; exit < logits.Length && Plan.Exits[exit].Stage == stage; exit++) logits[exit] = Network.CallExit(exit, features[stage]);
        }

        return (features, logits);
    }

    /// <summary>1 where the exit's answer is the last exit's, or the right one, and 0 elsewhere; [N].</summary>
    private Tensor Target(Tensor logits, Tensor last, Tensor label)
    {
        bool toAgree = options.Target == GateTarget.Agreement;
        Tensor same = Plan.Output switch
        {
            OutputKind.Classification => logits.argmax(1).eq(toAgree ? last.argmax(1) : label),
            OutputKind.MultiLabel => logits.gt(0).eq(toAgree ? last.gt(0) : label.gt(0.5)).all(1),
            _ => (logits - (toAgree ? last : label)).abs().le(tolerance).all(1),
        };
        return same.to(logits.dtype);
    }

    /// <summary>Tells the trained network that a checkpoint belongs to from the same network trained otherwise.</summary>
    private string HashOfWhatStays()
    {
        using DisposeScope scope = NewDisposeScope();
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string name, Tensor value) in parts.KeptByGates().OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(name));
            hash.AppendData(value.detach().cpu().contiguous().bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
    }
}
