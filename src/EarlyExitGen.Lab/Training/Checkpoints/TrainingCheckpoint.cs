using System.Text.Json;
using System.Text.Json.Serialization;
using EarlyExitGen.Cpu.Weights;
using EarlyExitGen.Lab.Weights;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.optim;

namespace EarlyExitGen.Lab.Training;

/// <summary>
/// A run's state in one safetensors file: the network's tensors under <c>network.</c>, those of its best epoch under <c>best.</c>, the
/// optimiser's and the random generator's bytes, and the position and settings as JSON in the metadata.
/// </summary>
/// <remarks>
/// TorchSharp's optimisers write all that their next step depends on, except what a scheduler of momentum keeps in their defaults;
/// its schedulers write nothing. So a scheduler's steps are repeated on a new optimiser before the optimiser's own state is read.
/// </remarks>
internal sealed class TrainingCheckpoint
{
    private const string Version = "2";
    private const string VersionKey = "earlyexitgen.checkpoint";
    private const string StateKey = "state";
    private const string SettingsKey = "settings";
    private const string NetworkPrefix = "network.";
    private const string BestPrefix = "best.";
    private const string OptimizerEntry = "optimizer";
    private const string RandomEntry = "random";
    private const string EpochRandomEntry = "random.epoch";
    private const string LogVariancesEntry = "loss.log_variances";

    private static readonly JsonSerializerOptions Json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    private readonly string path;
    private readonly SafetensorsFile file;

    private TrainingCheckpoint(string path, SafetensorsFile file, RunState state)
    {
        this.path = path;
        this.file = file;
        State = state;
    }

    public RunState State { get; }

    /// <summary>Writes a run's state; the file is the former one or this one, never half of it.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="settings">What must be the same when the run goes on.</param>
    /// <param name="state">The position.</param>
    /// <param name="network">Its parameters and persistent buffers are written.</param>
    /// <param name="best">The tensors of the phase's best epoch; null when early stopping keeps none.</param>
    /// <param name="phase">The running phase; null when the run is over.</param>
    /// <param name="epochRandom">The random generator's state as the running epoch began; null between two epochs.</param>
    public static void Write(
        string path,
        IReadOnlyDictionary<string, string> settings,
        RunState state,
        EarlyExitModule network,
        IReadOnlyDictionary<string, Tensor>? best,
        PhaseRun? phase,
        Tensor? epochRandom)
    {
        using DisposeScope scope = NewDisposeScope();
        List<WeightsEntry> entries = [.. Entries(NetworkPrefix, network.state_dict())];
        if (best is not null) entries.AddRange(Entries(BestPrefix, best));
        entries.Add(TensorEntries.ToEntry(RandomEntry, get_rng_state()));
        if (epochRandom is not null) entries.Add(TensorEntries.ToEntry(EpochRandomEntry, epochRandom));
        if (phase is not null)
        {
            byte[] optimizer = Bytes(phase.Optimizer);
            entries.Add(WeightsEntry.Create(OptimizerEntry, WeightType.U8, [optimizer.Length], optimizer));
            if (phase.LogVariances is not null) entries.Add(TensorEntries.ToEntry(LogVariancesEntry, phase.LogVariances));
        }

        Dictionary<string, string> metadata = new(StringComparer.Ordinal)
        {
            [VersionKey] = Version,
            [SettingsKey] = JsonSerializer.Serialize(settings, Json),
            [StateKey] = JsonSerializer.Serialize(state, Json),
        };
        SafetensorsFile.Create(entries, metadata).Write(path);
    }

    /// <summary>Deletes what a run that was killed while it wrote has left beside the file.</summary>
    public static void DeleteUnfinished(string path)
    {
        string whole = Path.GetFullPath(path);
        foreach (string file in Directory.EnumerateFiles(Path.GetDirectoryName(whole)!, $"{Path.GetFileName(whole)}.*.tmp"))
        {
            string unique = file[(whole.Length + 1)..^".tmp".Length];
            if (Guid.TryParseExact(unique, "N", out _)) File.Delete(file);
        }
    }

    /// <summary>Reads a checkpoint of a run with the same settings.</summary>
    /// <exception cref="WeightsFileException">The file is damaged, or is no checkpoint.</exception>
    /// <exception cref="InvalidOperationException">It is of a run with other settings.</exception>
    public static TrainingCheckpoint Read(string path, IReadOnlyDictionary<string, string> settings)
    {
        SafetensorsFile file = SafetensorsFile.Read(path);
        if (!file.Metadata.TryGetValue(VersionKey, out string? version) || version != Version)
        {
            throw new WeightsFileException($"{path} is no training checkpoint of version {Version}.");
        }

        try
        {
            RequireSameSettings(path, JsonSerializer.Deserialize<Dictionary<string, string>>(file.Metadata[SettingsKey], Json)!, settings);
            return new TrainingCheckpoint(path, file, JsonSerializer.Deserialize<RunState>(file.Metadata[StateKey], Json)!);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException)
        {
            throw new WeightsFileException($"{path}: the checkpoint's position or settings can't be read.", exception);
        }
    }

    public void RestoreNetwork(EarlyExitModule network)
    {
        using DisposeScope scope = NewDisposeScope();
        ModuleWeights.Load(network, path, Tensors(NetworkPrefix), WeightNameMap.Same, partial: false);
    }

    /// <summary>The tensors of the phase's best epoch; null when there are none.</summary>
    public Dictionary<string, Tensor>? Best()
    {
        Dictionary<string, Tensor> best = Tensors(BestPrefix).ToDictionary(StringComparer.Ordinal);
        return best.Count > 0 ? best : null;
    }

    /// <summary>
    /// Repeats the scheduler's steps, then gives the optimiser and the loss weights their state. A phase that has not begun has none.
    /// </summary>
    public void RestorePhase(PhaseRun phase, SchedulerInterval interval)
    {
        if (!file.TryGetEntry(OptimizerEntry, out WeightsEntry? optimizer)) return;
        foreach (double metric in State.SchedulerMetrics) phase.StepScheduler(metric);
        if (interval == SchedulerInterval.Batch)
        {
            for (long batch = 0; batch < State.BatchesOfPhase; batch++) phase.StepScheduler(double.NaN);
        }

        try
        {
            using MemoryStream stream = new(optimizer.Bytes.ToArray());
            using BinaryReader reader = new(stream);
            ((OptimizerHelper)phase.Optimizer).load_state_dict(reader);
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidDataException or EndOfStreamException)
        {
            throw new InvalidOperationException(
                $"{path}: the optimiser's state is of another optimiser or of other parameters ({exception.Message}).", exception);
        }

        if (phase.LogVariances is null) return;
        using IDisposable still = no_grad();
        using Tensor values = TensorEntries.ToTensor(file[LogVariancesEntry]);
        phase.LogVariances.copy_(values);
    }

    /// <summary>Sets the random generator to where it was when the checkpoint was written.</summary>
    public void RestoreRandom() => SetRandom(file[RandomEntry]);

    /// <summary>Sets the random generator to where it was when the running epoch began.</summary>
    public void RestoreEpochRandom() =>
        SetRandom(file.TryGetEntry(EpochRandomEntry, out WeightsEntry? random) ? random : file[RandomEntry]);

    private static void SetRandom(WeightsEntry entry)
    {
        using Tensor random = TensorEntries.ToTensor(entry);
        set_rng_state(random);
    }

    private static IEnumerable<WeightsEntry> Entries(string prefix, IReadOnlyDictionary<string, Tensor> tensors) =>
        tensors.Select(named => TensorEntries.ToEntry(prefix + named.Key, named.Value));

    private static byte[] Bytes(Optimizer optimizer)
    {
        using MemoryStream stream = new();
        using BinaryWriter writer = new(stream);
        ((OptimizerHelper)optimizer).save_state_dict(writer);
        writer.Flush();
        return stream.ToArray();
    }

    private static void RequireSameSettings(
        string path, Dictionary<string, string> written, IReadOnlyDictionary<string, string> present)
    {
        string[] differences =
        [
            .. present.Where(setting => written.GetValueOrDefault(setting.Key) != setting.Value)
                .Select(setting => $"{setting.Key} was {written.GetValueOrDefault(setting.Key) ?? "absent"} and is {setting.Value}"),
        ];
        if (differences.Length > 0)
        {
            throw new InvalidOperationException(
                $"{path} is the checkpoint of another run: {string.Join("; ", differences)}. Name another file, or don't resume.");
        }
    }

    private IEnumerable<(string Name, Tensor Tensor)> Tensors(string prefix) =>
        file.Entries.Where(entry => entry.Name.StartsWith(prefix, StringComparison.Ordinal))
            .Select(entry => (entry.Name[prefix.Length..], TensorEntries.ToTensor(entry)));
}
