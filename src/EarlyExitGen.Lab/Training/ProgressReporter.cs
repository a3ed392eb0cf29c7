using System.Collections.Immutable;
using System.Diagnostics;

namespace EarlyExitGen.Lab.Training;

/// <summary>Tells a listener where a run stands, not more often than an eye can follow, and estimates the time left.</summary>
internal sealed class ProgressReporter(IProgress<TrainingProgress>? listener, NetworkPlan plan, int epochs)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly Stopwatch sinceStart = Stopwatch.StartNew();
    private TimeSpan lastReport = TimeSpan.Zero;
    private long batchesHere;

    /// <summary>The time since this process began.</summary>
    public TimeSpan Elapsed => sinceStart.Elapsed;

    public void BatchDone(RunState state, PhaseRun phase, int? batches, double elapsedSeconds)
    {
        batchesHere++;
        if (listener is null || sinceStart.Elapsed - lastReport < Interval) return;
        Report(state, phase, batches, elapsedSeconds, state.Tally.Metrics(plan), completed: null);
    }

    public void EpochDone(RunState state, PhaseRun phase, int? batches, double elapsedSeconds, EpochResult result)
    {
        if (listener is null) return;
        Report(state, phase, batches, elapsedSeconds, result.Training, result);
    }

    private void Report(
        RunState state,
        PhaseRun phase,
        int? batches,
        double elapsedSeconds,
        ImmutableArray<ExitMetrics> exits,
        EpochResult? completed)
    {
        lastReport = sinceStart.Elapsed;
        listener!.Report(new TrainingProgress(
            phase.Phase.Name,
            state.EpochOfPlan + 1,
            epochs,
            state.Batch,
            batches,
            exits,
            completed,
            phase.LearningRate,
            TimeSpan.FromSeconds(elapsedSeconds),
            Remaining(state, batches)));
    }

    private TimeSpan? Remaining(RunState state, int? batches)
    {
        if (batches is not int perEpoch || batchesHere == 0) return null;
        long left = Math.Max(0, ((long)(epochs - state.EpochOfPlan) * perEpoch) - state.Batch);
        return sinceStart.Elapsed * ((double)left / batchesHere);
    }
}
