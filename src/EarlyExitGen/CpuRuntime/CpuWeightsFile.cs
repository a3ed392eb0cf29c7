using System.Buffers.Binary;
using System.Collections.Immutable;
using System.ComponentModel;
using System.Security.Cryptography;
using System.Text;
using EarlyExitGen.Cpu.Weights;

namespace EarlyExitGen.CpuRuntime;

/// <summary>
/// What a CPU pipeline is loaded from: a network's state dictionary as a safetensors file, with the network's fingerprint, the exit
/// policy and a hash of the weights in its metadata. Immutable. For generated code.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class CpuWeightsFile
{
    private const string NetworkKey = "earlyexitgen.network";
    private const string FingerprintKey = "earlyexitgen.fingerprint";
    private const string PolicyKey = "earlyexitgen.policy";
    private const string HashKey = "earlyexitgen.sha256";

    private CpuWeightsFile(SafetensorsFile tensors, ExitPolicy policy) => (Tensors, Policy) = (tensors, policy);

    /// <summary>The weights by their names in the state dictionary.</summary>
    public SafetensorsFile Tensors { get; }

    /// <summary>The policy.</summary>
    public ExitPolicy Policy { get; }

    /// <summary>Writes weights and a policy; the file is complete or as it was.</summary>
    /// <exception cref="InvalidOperationException">A threshold is outside its criterion's range.</exception>
    /// <exception cref="IOException">The file can't be written.</exception>
    internal static void Write(string path, SafetensorsFile weights, ExitPolicy policy)
    {
        Dictionary<string, string> metadata = new()
        {
            ["format"] = "pt",
            [NetworkKey] = policy.Network.Name,
            [FingerprintKey] = policy.Network.Fingerprint,
            [PolicyKey] = policy.ToJson(),
            [HashKey] = Hash(weights.Entries),
        };
        SafetensorsFile.Create(weights.Entries, metadata).Write(path);
    }

    /// <summary>Reads a file and checks that it is this network's, and as it was written.</summary>
    /// <exception cref="WeightsFileException">It is damaged, of another network, or was changed after it was written.</exception>
    /// <exception cref="IOException">It can't be opened or read.</exception>
    public static CpuWeightsFile Read(string path, NetworkPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        SafetensorsFile tensors = SafetensorsFile.Read(path);
        string fingerprint = Text(tensors, path, FingerprintKey);
        if (fingerprint != plan.Fingerprint)
        {
            string written = WeightsFileException.Shortened(tensors.Metadata.GetValueOrDefault(NetworkKey, "another network"));
            throw WeightsFileException.InFile(
                path,
                $"expected the weights of {plan.Name} ({plan.Fingerprint}), found those of {written} " +
                $"({WeightsFileException.Shortened(fingerprint)}).");
        }

        if (Text(tensors, path, HashKey) != Hash(tensors.Entries))
        {
            throw WeightsFileException.InFile(path, $"the weights are not those of its {HashKey}: the file was changed or damaged.");
        }

        try
        {
            return new CpuWeightsFile(tensors, ExitPolicyJson.Read(plan, Text(tensors, path, PolicyKey), $"{path}: the exit policy"));
        }
        catch (InvalidDataException exception)
        {
            // It quotes what it found, which may go over several lines.
            throw new WeightsFileException(exception.Message.ReplaceLineEndings(" "), exception);
        }
    }

    private static string Text(SafetensorsFile tensors, string path, string key) =>
        tensors.Metadata.TryGetValue(key, out string? text)
            ? text
            : throw WeightsFileException.InFile(path, $"it has no {key}, so it was not written by SaveForCpu.");

    /// <summary>Hashes names, types, shapes and elements, each with its length before it.</summary>
    private static string Hash(ImmutableArray<WeightsEntry> entries)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> number = stackalloc byte[sizeof(long)];
        foreach (WeightsEntry entry in entries.OrderBy(entry => entry.Name, StringComparer.Ordinal))
        {
            Add(number, hash, Encoding.UTF8.GetBytes(entry.Name));
            Add(number, hash, Encoding.UTF8.GetBytes($"{entry.Type} {string.Join(',', entry.Shape)}"));
            Add(number, hash, entry.Bytes.Span);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Add(Span<byte> number, IncrementalHash hash, ReadOnlySpan<byte> bytes)
    {
        BinaryPrimitives.WriteInt64LittleEndian(number, bytes.Length);
        hash.AppendData(number);
        hash.AppendData(bytes);
    }
}
