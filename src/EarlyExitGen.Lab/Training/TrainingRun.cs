using System.Collections.Immutable;
using System.Globalization;
using EarlyExitGen.Lab.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen.Lab.Training;

/// <summary>One run of a trainer, from its first batch or its checkpoint to its end.</summary>
internal sealed class TrainingRun : IDisposable
{
    private readonly TrainingObjective objective;
    private readonly EarlyExitModule network;
    private readonly NetworkPlan plan;
    private readonly TrainingRunOptions options;
    private readonly TrainingBatches training;
    private readonly TrainingBatches? validation;
    private readonly ImmutableArray<TrainingPhase> phases;
    private readonly ImmutableSortedDictionary<string, string> settings;
    private readonly ProgressReporter progress;

    private RunState state;
    private double secondsBefore;
    private Dictionary<string, Tensor>? best;
    private Tensor? epochRandom;

    public TrainingRun(
        TrainingObjective objective,
        TrainingRunOptions options,
        TrainingBatches training,
        TrainingBatches? validation,
        IProgress<TrainingProgress>? listener)
    {
        this.objective = objective;
        this.options = options;
        this.training = training;
        this.validation = validation;
        network = objective.Network;
        plan = objective.Plan;
        phases = objective.Phases;
        settings = Settings();
        progress = new ProgressReporter(listener, plan, phases.Sum(phase => phase.Epochs));
        state = new RunState { Tally = ExitTally.For(plan) };
    }

    /// <summary>The sums of the epoch that ended last.</summary>
    public ExitTally LastEpoch => state.LastEpoch ?? throw new InvalidOperationException($"{plan.Name}: no epoch has ended yet.");

    private int? BatchesPerEpoch => training.BatchesPerEpoch ?? (state.BatchesSeen > 0 ? state.BatchesSeen : null);

    private double ElapsedSeconds => secondsBefore + progress.Elapsed.TotalSeconds;

    public TrainingResult Run(CancellationToken cancellation)
    {
        if (options.Checkpoint is not null) TrainingCheckpoint.DeleteUnfinished(options.Checkpoint.Path);
        TrainingCheckpoint? checkpoint = options.Checkpoint is { Resume: true } saved && File.Exists(saved.Path)
            ? TrainingCheckpoint.Read(saved.Path, settings)
            : null;
        if (checkpoint is null)
        {
            manual_seed(options.Seed);
        }
        else
        {
            state = checkpoint.State;
            secondsBefore = state.ElapsedSeconds;
            best = checkpoint.Best();
            if (state.Phase == phases.Length) checkpoint.RestoreNetwork(network);
        }

        while (state.Phase < phases.Length)
        {
            RunPhase(checkpoint, cancellation);
            checkpoint = null;
        }

        network.eval();
        return new TrainingResult([.. state.Epochs], [.. state.StoppedEarly], TimeSpan.FromSeconds(ElapsedSeconds));
    }

    public void Dispose()
    {
        ForgetBest();
        epochRandom?.Dispose();
    }

    private void RunPhase(TrainingCheckpoint? checkpoint, CancellationToken cancellation)
    {
        using PhaseRun phase = checkpoint is null ? BeginPhase() : GoOn(checkpoint);
        for (bool phaseEnds = false; !phaseEnds; checkpoint = null)
        {
            TrainEpoch(phase, checkpoint, cancellation);
            phaseEnds = EndEpoch(phase);
            if (phaseEnds) EndPhase();
            WriteCheckpoint(phaseEnds ? null : phase);
        }
    }

    private PhaseRun BeginPhase() => new(objective, phases[state.Phase], options, training.BatchesPerEpoch);

    /// <summary>Restores the network and the phase, or leaves the network as it was if the checkpoint does not fit.</summary>
    private PhaseRun GoOn(TrainingCheckpoint checkpoint)
    {
        Dictionary<string, Tensor> former = CopyOfNetwork();
        PhaseRun? phase = null;
        try
        {
            // The optimiser is made for the weights that it goes on with.
            checkpoint.RestoreNetwork(network);
            phase = BeginPhase();
            checkpoint.RestorePhase(phase, options.SchedulerInterval);
            return phase;
        }
        catch
        {
            phase?.Dispose();
            Load("the weights before", former);
            throw;
        }
        finally
        {
            foreach (Tensor tensor in former.Values) tensor.Dispose();
        }
    }

    private void TrainEpoch(PhaseRun phase, TrainingCheckpoint? checkpoint, CancellationToken cancellation)
    {
        phase.SetModes();
        int seen = state.Batch;
        int batch = 0;

        // An order may be drawn as the epoch begins, and each batch may draw as it is made; the batches passed over have drawn otherwise.
        checkpoint?.RestoreEpochRandom();
        epochRandom?.Dispose();
        epochRandom = get_rng_state().DetachFromDisposeScope();
        foreach ((Tensor input, Tensor label) in training.Epoch(state.EpochOfPlan, options.Seed))
        {
            if (batch++ < seen)
            {
                if (batch == seen) checkpoint?.RestoreRandom();
                continue;
            }

            TrainBatch(phase, input, label);
            progress.BatchDone(state, phase, BatchesPerEpoch, ElapsedSeconds);
            bool cancelled = cancellation.IsCancellationRequested;
            if (cancelled || (options.Checkpoint is { EveryBatches: > 0 and int every } && batch % every == 0)) WriteCheckpoint(phase);
            if (cancelled) throw new OperationCanceledException(cancellation);
        }

        if (batch == 0) throw new InvalidOperationException($"{plan.Name}: epoch {state.EpochOfPlan + 1} of the training data is empty.");
        if (batch < seen)
        {
            throw new InvalidOperationException(
                $"{plan.Name}: the checkpoint is from batch {seen} of an epoch, but the training data now end after {batch}.");
        }
    }

    private void TrainBatch(PhaseRun phase, Tensor input, Tensor label)
    {
        using DisposeScope scope = NewDisposeScope();
        double epochs = state.Epoch + (BatchesPerEpoch is int batches ? (double)state.Batch / batches : 0);
        double moment = Math.Min(1, epochs / phase.Phase.Epochs);
        ImmutableArray<ExitOutcome> outcomes = phase.Step(
            input.to(objective.Device), label.to(objective.Device), state.BatchesOfPhase, moment, Diverged);
        state.Tally.Add(outcomes, input.size(0));
        state.Batch++;
        state.BatchesOfPhase++;
        if (options.SchedulerInterval == SchedulerInterval.Batch) phase.StepScheduler(double.NaN);
    }

    /// <summary>Notes the epoch down, and tells whether its phase is over.</summary>
    private bool EndEpoch(PhaseRun phase)
    {
        ImmutableArray<ExitMetrics> measured = validation is null ? [] : Measure(validation);
        EpochResult result = new(
            phase.Phase.Name, state.EpochOfPlan + 1, state.Tally.Metrics(plan), measured, phase.LearningRate);
        state.Epochs.Add(result);
        progress.EpochDone(state, phase, BatchesPerEpoch, ElapsedSeconds, result);

        ImmutableArray<ExitMetrics> watched =
            [.. phase.Phase.Exits.Select(exit => (measured.IsEmpty ? result.Training : measured)[exit])];
        if (options.SchedulerInterval == SchedulerInterval.Epoch)
        {
            state.SchedulerMetrics.Add(watched.Average(exit => exit.Loss));
            phase.StepScheduler(state.SchedulerMetrics[^1]);
        }

        state.BatchesSeen = Math.Max(state.BatchesSeen, state.Batch);
        state.Batch = 0;
        state.Epoch++;
        state.EpochOfPlan++;
        state.LastEpoch = state.Tally;
        state.Tally = ExitTally.For(plan);
        if (options.EarlyStopping is EarlyStopping stopping && StopsEarly(stopping, watched))
        {
            state.StoppedEarly.Add(phase.Phase.Name);
            state.EpochOfPlan += phase.Phase.Epochs - state.Epoch;
            return true;
        }

        return state.Epoch == phase.Phase.Epochs;
    }

    private bool StopsEarly(EarlyStopping stopping, ImmutableArray<ExitMetrics> watched)
    {
        double badness = stopping.Badness(watched);
        if (double.IsNaN(badness))
        {
            string exits = string.Join(", ", watched.Select(exit => exit.Exit));
            string reason = stopping.Metric == StoppingMetric.MeanLoss ? "" : "; accuracies need class indices as labels";
            throw new InvalidOperationException(
                $"{plan.Name}: early stopping watches {stopping.Metric} of {exits}, which is not a number after " +
                $"epoch {state.EpochOfPlan} (phase '{phases[state.Phase].Name}'){reason}.");
        }

        bool improved = state.Best is not double former || badness < former - stopping.MinimumImprovement;
        state.EpochsWithoutImprovement = improved ? 0 : state.EpochsWithoutImprovement + 1;
        if (improved)
        {
            state.Best = badness;
            if (stopping.RestoreBest) RememberBest();
        }

        return state.EpochsWithoutImprovement >= stopping.Patience;
    }

    private void EndPhase()
    {
        RestoreBest();
        state.Phase++;
        state.Epoch = 0;
        state.BatchesOfPhase = 0;
        state.SchedulerMetrics.Clear();
        state.Best = null;
        state.EpochsWithoutImprovement = 0;
    }

    private ImmutableArray<ExitMetrics> Measure(TrainingBatches data)
    {
        using IDisposable still = no_grad();
        network.eval();
        ExitTally tally = ExitTally.For(plan);
        foreach ((Tensor input, Tensor label) in data.Epoch(0, options.Seed))
        {
            using DisposeScope scope = NewDisposeScope();
            tally.Add(objective.Measure(input.to(objective.Device), label.to(objective.Device)), input.size(0));
        }

        return tally.Metrics(plan);
    }

    private void WriteCheckpoint(PhaseRun? phase)
    {
        if (options.Checkpoint is null) return;
        state.ElapsedSeconds = ElapsedSeconds;
        TrainingCheckpoint.Write(options.Checkpoint.Path, settings, state, network, best, phase, state.Batch > 0 ? epochRandom : null);
    }

    private void RememberBest()
    {
        ForgetBest();
        best = CopyOfNetwork();
    }

    private void RestoreBest()
    {
        if (best is null) return;
        Load("best epoch", best);
        ForgetBest();
    }

    private Dictionary<string, Tensor> CopyOfNetwork() =>
        network.state_dict().ToDictionary(named => named.Key, named => named.Value.detach().clone().DetachFromDisposeScope());

    private void Load(string source, Dictionary<string, Tensor> weights) =>
        ModuleWeights.Load(network, source, weights.Select(named => (named.Key, named.Value)), WeightNameMap.Same, partial: false);

    private void ForgetBest()
    {
        foreach (Tensor tensor in best?.Values ?? Enumerable.Empty<Tensor>()) tensor.Dispose();
        best = null;
    }

    private TrainingDivergedException Diverged(int? exit, double value) => new(
        plan.Name,
        phases[state.Phase].Name,
        state.EpochOfPlan + 1,
        state.Batch + 1,
        exit is int index ? plan.Exits[index].Name : null,
        value);

    /// <summary>What decides a run's result and must be the same when it goes on. Functions can't be compared: they are left out.</summary>
    private ImmutableSortedDictionary<string, string> Settings()
    {
        Dictionary<string, string> present = new(objective.Settings)
        {
            ["network"] = $"{plan.Name} ({plan.Fingerprint})",
            [nameof(options.Epochs)] = options.Epochs.ToString(CultureInfo.InvariantCulture),
            [nameof(options.SchedulerInterval)] = options.SchedulerInterval.ToString(),
            [nameof(options.ClipGradientNorm)] = options.ClipGradientNorm?.ToString("R", CultureInfo.InvariantCulture) ?? "none",
            [nameof(options.EarlyStopping)] = options.EarlyStopping?.ToString() ?? "none",
            [nameof(options.Seed)] = options.Seed.ToString(CultureInfo.InvariantCulture),
            ["batches per epoch"] = training.BatchesPerEpoch?.ToString(CultureInfo.InvariantCulture) ?? "unknown",
        };
        return present.ToImmutableSortedDictionary(StringComparer.Ordinal);
    }
}
