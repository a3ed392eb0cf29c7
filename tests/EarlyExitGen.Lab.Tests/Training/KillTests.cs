using System.Diagnostics;
using System.Runtime.InteropServices;
using EarlyExitGen.Lab.Tests.Weights;
using EarlyExitGen.Lab.Training;
using EarlyExitGen.Tests;
using static TorchSharp.torch;

namespace EarlyExitGen.Lab.Tests.Training;

/// <summary>
/// Kills a training process outright at random moments, from its first checkpoint until after its end, in every phase; the run must go
/// on to the weights of one that was left alone. How many times is said by <c>EARLYEXITGEN_KILLS</c>.
/// </summary>
[Collection(RandomNumbers.Name)]
public class KillTests
{
    private const string KillsVariable = "EARLYEXITGEN_KILLS";
    private const string CheckpointVariable = "EARLYEXITGEN_KILL_TEST_CHECKPOINT";
    private const int DefaultKills = 3;
    private const int SlowBatchMilliseconds = 10;
    private const int Epochs = 15;
    private const int LongestLifetimeMilliseconds = 900;

    private static readonly TimeSpan WaitForKill = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_run_that_is_killed_at_any_moment_goes_on_to_the_same_weights()
    {
        string expected = Runs.Final(Options(null));
        await EachKill(nameof(Train_slowly_until_killed), checkpoint =>
        {
            using SmallNet net = SmallNet.Seeded(3);
            TrainingResult resumed = Runs.Fit(net, Options(checkpoint));
            Assert.Equal(Epochs, resumed.Epochs.Length);
            return State.Of(net) == expected;
        });
    }

    [Fact]
    public async Task Gate_training_that_is_killed_at_any_moment_goes_on_to_the_same_weights()
    {
        string expected = GateRuns.Final(GateOptions(null));
        await EachKill(nameof(Train_gates_slowly_until_killed), checkpoint =>
        {
            using TwoGatesNet net = GateRuns.Trained();
            GateTrainingResult resumed = GateRuns.Fit(net, GateOptions(checkpoint));
            Assert.Equal(Epochs, resumed.Run.Epochs.Length);
            return State.Of(net) == expected;
        });
    }

    /// <summary>What the killed process does: this very test, in a process of its own.</summary>
    [Fact(Explicit = true)]
    public void Train_slowly_until_killed()
    {
        using SmallNet net = SmallNet.Seeded(3);
        Runs.Fit(net, Options(CheckpointOfKilled()), new SlowBatches(Runs.Batches()));
        Thread.Sleep(WaitForKill);
    }

    /// <summary>What the other killed process does.</summary>
    [Fact(Explicit = true)]
    public void Train_gates_slowly_until_killed()
    {
        using TwoGatesNet net = GateRuns.Trained();
        GateRuns.Fit(net, GateOptions(CheckpointOfKilled()), new SlowBatches(Runs.Batches()));
        Thread.Sleep(WaitForKill);
    }

    private static string CheckpointOfKilled()
    {
        string? checkpoint = Environment.GetEnvironmentVariable(CheckpointVariable);
        Assert.SkipWhen(checkpoint is null, "Started by the test that kills it.");
        return checkpoint;
    }

    private static TrainingOptions Options(string? checkpoint) => CheckpointTests.Everything() with
    {
        Epochs = Epochs,
        Checkpoint = checkpoint is null ? null : new CheckpointOptions(checkpoint, everyBatches: 1),
    };

    private static GateTrainingOptions GateOptions(string? checkpoint) => GateRuns.Everything() with
    {
        Epochs = Epochs,
        Checkpoint = checkpoint is null ? null : new CheckpointOptions(checkpoint, everyBatches: 1),
    };

    /// <param name="killed">The test that trains until it is killed.</param>
    /// <param name="goesOn">Goes on from the checkpoint to the end, and tells whether the weights are the expected ones.</param>
    private static async Task EachKill(string killed, Func<string, bool> goesOn)
    {
        int kills = Setting.Of(KillsVariable, DefaultKills);
        for (int kill = 0; kill < kills; kill++)
        {
            using TemporaryFolder folder = new();
            string checkpoint = folder.File("run");
            TimeSpan lifetime = TimeSpan.FromMilliseconds(Random.Shared.Next(LongestLifetimeMilliseconds));
            await TrainAndKill(killed, checkpoint, lifetime);
            string moment = $"{lifetime.TotalMilliseconds} ms after its first checkpoint";
            Assert.True(goesOn(checkpoint), $"Killed {moment}, the run ends with other weights.");
            Assert.Equal(["run"], folder.Files());
        }
    }

    private static async Task TrainAndKill(string killed, string checkpoint, TimeSpan lifetime)
    {
        ProcessStartInfo start = new(Path.ChangeExtension(typeof(KillTests).Assembly.Location, OperatingSystem.IsWindows() ? ".exe" : null))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add("-explicit");
        start.ArgumentList.Add("only");
        start.ArgumentList.Add("-method");
        start.ArgumentList.Add($"{typeof(KillTests).FullName}.{killed}");
        start.Environment[CheckpointVariable] = checkpoint;
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));
        using Process child = Process.Start(start)!;
        Task<string> output = child.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> error = child.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        try
        {
            while (!File.Exists(checkpoint) && !child.HasExited) await Task.Delay(1, TestContext.Current.CancellationToken);
            await Task.Delay(lifetime, TestContext.Current.CancellationToken);
        }
        finally
        {
            bool wasRunning = !child.HasExited;
            child.Kill(entireProcessTree: true);
            await child.WaitForExitAsync(CancellationToken.None);
            Assert.True(wasRunning, $"The process ended by itself:\n{await output}\n{await error}");
        }
    }

    /// <summary>Leaves time to kill a run in.</summary>
    private sealed class SlowBatches(TrainingBatches batches) : TrainingBatches
    {
        public override int? BatchesPerEpoch => batches.BatchesPerEpoch;

        public override IEnumerable<(Tensor Input, Tensor Label)> Epoch(int epoch, long seed)
        {
            foreach ((Tensor Input, Tensor Label) batch in batches.Epoch(epoch, seed))
            {
                Thread.Sleep(SlowBatchMilliseconds);
                yield return batch;
            }
        }
    }
}
