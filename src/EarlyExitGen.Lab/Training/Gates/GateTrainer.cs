using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace EarlyExitGen.Lab.Training;

/// <summary>
/// Trains the gates of a network whose stages and exits are trained already, and changes nothing else: each gate learns from the
/// features of its stage whether its exit is right, by binary cross-entropy. Xin, Tang, Yu and Lin, "BERxiT: Early Exiting for BERT with
/// Better Fine-Tuning and Extension to Regression", 2021. Not thread-safe, as TorchSharp modules are not.
/// </summary>
/// <remarks>Gates are small and train in a short run of their own, which writes no checkpoints.</remarks>
/// <param name="network">The network, on the device to train on. Batches are moved there.</param>
/// <param name="options">How to train its gates.</param>
public sealed class GateTrainer(EarlyExitModule network, GateTrainingOptions options)
{
    private readonly EarlyExitModule network = network ?? throw new ArgumentNullException(nameof(network));
    private readonly GateTrainingOptions options = options ?? throw new ArgumentNullException(nameof(options));
    private readonly int[] gates =
        [.. Enumerable.Range(0, network.Plan.Exits.Length).Where(exit => network.Plan.Exits[exit].Gate is not null)];

    private NetworkPlan Plan => network.Plan;

    /// <summary>Trains every gate. Leaves the network in evaluation mode.</summary>
    /// <param name="training">The data. Labels are not looked at when the gates learn agreement.</param>
    /// <param name="cancellation">Ends the run after the current batch.</param>
    /// <exception cref="InvalidOperationException">
    /// The network has no gate, a gate shares a parameter with a stage or an exit, there is no batch, or a regression has no tolerance.
    /// </exception>
    /// <exception cref="TrainingDivergedException">A loss became NaN or infinite.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public GateTrainingResult Fit(TrainingBatches training, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(training);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Epochs, 1);
        if (gates.Length == 0) throw new InvalidOperationException($"{Plan.Name} has no gate to train.");
        double tolerance = options.Tolerance ?? Plan.AgreementTolerance;
        if (Plan.Output == OutputKind.Regression && !(tolerance > 0))
        {
            throw new InvalidOperationException(
                $"{Plan.Name} is a regression: its gates need a tolerance above 0 to tell which answers are the same.");
        }

        manual_seed(options.Seed);
        network.eval();
        using optim.Optimizer optimizer = options.Optimizer(GateParameters(training));
        GateTally[] tallies = [];
        for (int epoch = 0; epoch < options.Epochs; epoch++)
        {
            tallies = [.. gates.Select(_ => new GateTally())];
            int batch = 0;
            foreach ((Tensor input, Tensor label) in training.Epoch(epoch, options.Seed))
            {
                cancellation.ThrowIfCancellationRequested();
                Step(optimizer, input, label, tolerance, tallies, epoch, ++batch);
            }
        }

        return new GateTrainingResult([.. gates.Select((exit, index) => tallies[index].Metrics(Plan.Exits[exit].Name))]);
    }

    private void Step(optim.Optimizer optimizer, Tensor input, Tensor label, double tolerance, GateTally[] tallies, int epoch, int batch)
    {
        using DisposeScope scope = NewDisposeScope();
        Device device = network.parameters().First().device;
        (Tensor[] features, Tensor[] logits) = Run(input.to(device));
        Tensor? sum = null;
        for (int index = 0; index < gates.Length; index++)
        {
            int exit = gates[index];
            Tensor target = Target(logits[exit], logits[^1], label.to(device), tolerance);
            Tensor gate = network.CallGate(exit, features[Plan.Exits[exit].Stage]).reshape(target.shape);
            Tensor loss = nn.functional.binary_cross_entropy_with_logits(gate, target);
            double value = loss.item<float>();
            if (!double.IsFinite(value))
            {
                throw new TrainingDivergedException(Plan.Name, "gates", epoch + 1, batch, Plan.Exits[exit].Name, value);
            }

            tallies[index].Add(value, gate, target);
            sum = sum is null ? loss : sum + loss;
        }

        optimizer.zero_grad();
        sum!.backward();
        optimizer.step();
    }

    /// <summary>Each stage's features and each exit's logits, through which no gradient flows.</summary>
    private (Tensor[] Features, Tensor[] Logits) Run(Tensor input)
    {
        using IDisposable still = no_grad();
        Tensor[] features = new Tensor[Plan.Stages.Length];
        Tensor[] logits = new Tensor[Plan.Exits.Length];
        int exit = 0;
        for (int stage = 0; stage < features.Length; stage++)
        {
            features[stage] = network.CallStage(stage, stage == 0 ? input : features[stage - 1]);
            for (; exit < logits.Length && Plan.Exits[exit].Stage == stage; exit++) logits[exit] = network.CallExit(exit, features[stage]);
        }

        return (features, logits);
    }

    /// <summary>1 where the exit's answer is the last exit's, or the right one, and 0 elsewhere; [N].</summary>
    private Tensor Target(Tensor logits, Tensor last, Tensor label, double tolerance)
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

    /// <summary>The parameters that only gates use, found by looking where their gradients arrive.</summary>
    private List<Parameter> GateParameters(TrainingBatches training)
    {
        const int rows = 2;
        foreach ((Tensor input, _) in training.Epoch(0, options.Seed))
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor some = input.narrow(0, 0, Math.Min(rows, input.size(0))).to(network.parameters().First().device);
            (Tensor[] features, _) = Run(some);
            HashSet<string> others = UsedBy(() => network.ForwardAll(some).Aggregate((Tensor?)null, (sum, exit) => Add(sum, exit.sum()))!);
            foreach (int exit in gates)
            {
                HashSet<string> own = UsedBy(() => network.CallGate(exit, features[Plan.Exits[exit].Stage]).sum());
                if (own.FirstOrDefault(others.Contains) is not string shared) continue;
                throw new InvalidOperationException(
                    $"{Plan.Name}: gate '{Plan.Exits[exit].Gate}' shares '{shared}' with a stage or an exit, which training it would change.");
            }

            HashSet<string> all = UsedBy(() => gates.Aggregate(
                (Tensor?)null, (sum, exit) => Add(sum, network.CallGate(exit, features[Plan.Exits[exit].Stage]).sum()))!);
            return [.. network.named_parameters().Where(named => all.Contains(named.name)).Select(named => named.parameter)];
        }

        throw new InvalidOperationException($"{Plan.Name}: the training data are empty.");
    }

    private HashSet<string> UsedBy(Func<Tensor> output)
    {
        foreach (Parameter parameter in network.parameters()) parameter.grad = null;
        Tensor value = output();
        if (value.requires_grad) value.backward();
        HashSet<string> used = [.. network.named_parameters().Where(named => named.parameter.grad is not null).Select(named => named.name)];
        foreach (Parameter parameter in network.parameters()) parameter.grad = null;
        return used;
    }

    private static Tensor Add(Tensor? sum, Tensor term) => sum is null ? term : sum + term;

    private sealed class GateTally
    {
        private double loss;
        private long rows;
        private long right;
        private long wanted;

        public void Add(double meanLoss, Tensor gate, Tensor target)
        {
            long count = target.size(0);
            rows += count;
            loss += meanLoss * count;
            right += gate.gt(0).eq(target.gt(0.5)).sum().item<long>();
            wanted += target.gt(0.5).sum().item<long>();
        }

        public GateMetrics Metrics(string exit) => new(exit, loss / rows, (double)right / rows, (double)wanted / rows);
    }
}
