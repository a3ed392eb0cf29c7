using System.Collections.Immutable;
using EarlyExitGen.Cpu.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen.Lab.Weights;

/// <summary>What <see cref="ModuleWeights.LoadWeights"/> found besides the entries that it loaded.</summary>
/// <param name="Missing">The module's entries that the file lacks; they kept their values.</param>
/// <param name="Unexpected">The file's entries that the module lacks, under the names that the file gives them.</param>
public sealed record LoadedWeights(ImmutableArray<string> Missing, ImmutableArray<string> Unexpected);

/// <summary>
/// Weights to and from files. A name that ends in <c>.safetensors</c> means that format, which PyTorch reads and writes too; any other
/// name means TorchSharp's own. Not thread-safe with respect to the module.
/// </summary>
public static class ModuleWeights
{
    private const string SafetensorsExtension = ".safetensors";

    /// <summary>Writes every parameter and persistent buffer. The file is complete or as it was, never half-written.</summary>
    /// <param name="module">The module, on any device.</param>
    /// <param name="path">Where to.</param>
    /// <param name="precision">How to store floating-point entries; TorchSharp's own format stores them as they are.</param>
    /// <param name="names">Gives the file's entry names; the module's own names when null.</param>
    /// <exception cref="ArgumentException">
    /// The format can't store that precision or type, a value is too large for it, or two entries would share a name.
    /// </exception>
    /// <exception cref="IOException">The file can't be written.</exception>
    public static void SaveWeights(
        this nn.Module module, string path, WeightsPrecision precision = WeightsPrecision.Stored, WeightNameMap? names = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentException.ThrowIfNullOrEmpty(path);
        Dictionary<string, Tensor> entries = Renamed(module.state_dict(), names ?? WeightNameMap.Same);
        if (IsSafetensors(path))
        {
            // PyTorch's loaders expect the format to be named.
            Dictionary<string, string> metadata = new() { ["format"] = "pt" };
            SafetensorsFile.Create(entries.Select(entry => TensorEntries.ToEntry(entry.Key, entry.Value, precision)), metadata).Write(path);
            return;
        }

        if (precision != WeightsPrecision.Stored)
        {
            throw new ArgumentException(
                $"{path}: TorchSharp's own format stores weights as they are; for {precision} name the file *{SafetensorsExtension}.",
                nameof(precision));
        }

        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Tensor> contiguous = entries.ToDictionary(entry => entry.Key, entry => entry.Value.detach().contiguous());
        AtomicFile.Write(path, stream => TorchSharpFormat.Write(stream, contiguous));
    }

    /// <summary>
    /// Reads parameters and persistent buffers. Everything is read and compared first: a file that does not fit leaves the module
    /// untouched. Floating-point entries are converted to the module's own type.
    /// </summary>
    /// <param name="module">The module, on any device.</param>
    /// <param name="path">The file.</param>
    /// <param name="names">Translates the file's entry names; they are the module's own when null.</param>
    /// <param name="partial">Whether entries may be missing in the file or in the module. Shapes must agree all the same.</param>
    /// <returns>What was missing and unexpected; both are empty unless <paramref name="partial"/> is set.</returns>
    /// <exception cref="WeightsMismatchException">Entries are missing, unexpected, of another shape or of another kind.</exception>
    /// <exception cref="WeightsFileException">The file is damaged, or of another format than its name says.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    public static LoadedWeights LoadWeights(this nn.Module module, string path, WeightNameMap? names = null, bool partial = false)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentException.ThrowIfNullOrEmpty(path);
        using DisposeScope scope = NewDisposeScope();
        List<(string Name, Tensor Tensor)> entries = IsSafetensors(path)
            ? [.. SafetensorsFile.Read(path).Entries.Select(entry => (entry.Name, TensorEntries.ToTensor(entry)))]
            : TorchSharpFormat.Read(path);
        return Load(module, path, entries, names ?? WeightNameMap.Same, partial);
    }

    internal static LoadedWeights Load(
        nn.Module module, string file, IEnumerable<(string Name, Tensor Tensor)> entries, WeightNameMap names, bool partial)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable withoutGradients = no_grad();
        Dictionary<string, Tensor> targets = module.state_dict();
        Dictionary<string, Tensor> sources = new(StringComparer.Ordinal);
        List<string> unexpected = [];
        List<string> misshapen = [];
        foreach ((string fileName, Tensor tensor) in entries)
        {
            if (names.ToModule(fileName) is not string name) continue;
            if (!targets.TryGetValue(name, out Tensor? target))
            {
                unexpected.Add(fileName);
            }
            else if (Difference(tensor, target) is string difference)
            {
                misshapen.Add($"{name} ({difference})");
                sources[name] = tensor;
            }
            else if (!sources.TryAdd(name, tensor))
            {
                throw new WeightsFileException($"{file}: two entries are meant for '{name}', one of them '{fileName}'.");
            }
        }

        ImmutableArray<string> missing = [.. targets.Keys.Where(name => !sources.ContainsKey(name))];
        if (misshapen.Count > 0 || (!partial && (missing.Length > 0 || unexpected.Count > 0)))
        {
            throw new WeightsMismatchException(file, module.GetName(), missing, [.. unexpected], [.. misshapen]);
        }

        // What can still fail, for want of memory, fails here and not between two copies.
        (Tensor Target, Tensor Source)[] converted =
            [.. sources.Select(source => (targets[source.Key], source.Value.to(targets[source.Key].dtype, targets[source.Key].device)))];
        foreach ((Tensor target, Tensor source) in converted) target.copy_(source);
        return new LoadedWeights(missing, [.. unexpected]);
    }

    private static bool IsSafetensors(string path) => path.EndsWith(SafetensorsExtension, StringComparison.OrdinalIgnoreCase);

    private static string? Difference(Tensor source, Tensor target)
    {
        if (!source.shape.AsSpan().SequenceEqual(target.shape))
        {
            return $"[{string.Join(", ", target.shape)}] in the module, [{string.Join(", ", source.shape)}] in the file";
        }

        bool sameKind = source.dtype == target.dtype || (source.is_floating_point() && target.is_floating_point());
        return sameKind ? null : $"{target.dtype} in the module, {source.dtype} in the file";
    }

    private static Dictionary<string, Tensor> Renamed(Dictionary<string, Tensor> entries, WeightNameMap names)
    {
        Dictionary<string, Tensor> renamed = new(StringComparer.Ordinal);
        foreach ((string name, Tensor tensor) in entries)
        {
            if (!renamed.TryAdd(names.ToFile(name), tensor))
            {
                throw new ArgumentException($"Two entries would be named '{names.ToFile(name)}', one of them '{name}'.", nameof(names));
            }
        }

        return renamed;
    }
}
