using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using EarlyExitGen.Cpu.Weights;

namespace EarlyExitGen;

/// <summary>
/// The rules by which a network exits: a threshold and a temperature per exit, and which exits are switched on. Immutable and
/// thread-safe: to change a rule, make a new policy and assign it; a call reads the policy once, so that every answer is one policy's.
/// </summary>
/// <remarks>
/// An exit that is switched off has the threshold NaN, which no score reaches in either direction, and its head need not run.
/// A temperature T divides the logits before the exit's criterion scores them (Guo et al., "On Calibration of Modern Neural
/// Networks", 2017); it changes neither the label nor the logits that a caller gets. A temperature of 1 costs nothing.
/// </remarks>
public sealed class ExitPolicy
{
    /// <summary>The smallest temperature.</summary>
    public const float MinTemperature = 1e-3f;

    /// <summary>The largest temperature.</summary>
    public const float MaxTemperature = 1e3f;

    private readonly ImmutableArray<float> thresholds;
    private readonly ImmutableArray<float> temperatures;

    private ExitPolicy(
        NetworkPlan network, ImmutableArray<float> thresholds, ImmutableArray<float> temperatures, CalibrationRecord? calibration)
    {
        Network = network;
        this.thresholds = thresholds;
        this.temperatures = temperatures;
        Calibration = calibration;
        Id = Hash(network, thresholds, temperatures);
    }

    /// <summary>The network that it is for.</summary>
    public NetworkPlan Network { get; }

    /// <summary>
    /// Sixteen hexadecimal digits of a hash over the network's fingerprint, the thresholds and the temperatures: policies that decide
    /// alike have one id, so that a logged decision can be traced to the policy that made it.
    /// </summary>
    public string Id { get; }

    /// <summary>How the thresholds were found; null when nobody calibrated them.</summary>
    public CalibrationRecord? Calibration { get; }

    /// <summary>
    /// The threshold of one exit in its criterion's own unit; NaN for an exit that is switched off and for the last exit, which has none.
    /// </summary>
    public float this[int exit] => thresholds[exit];

    /// <summary>What divides the logits of one exit before they are scored; 1 unless calibrated.</summary>
    public float Temperature(int exit) => temperatures[exit];

    /// <summary>Whether an exit can answer. Always true for the last one.</summary>
    public bool IsEnabled(int exit) => exit == thresholds.Length - 1 || !float.IsNaN(thresholds[exit]);

    /// <summary>The policy that the attributes declare.</summary>
    public static ExitPolicy Default(NetworkPlan network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return new ExitPolicy(network, [.. network.Exits.Select(exit => exit.Threshold)], Ones(network), null);
    }

    /// <summary>A policy with one threshold per early exit, that is, one fewer than the network has exits.</summary>
    /// <param name="network">The network.</param>
    /// <param name="thresholds">
    /// In each criterion's own unit. Infinities are allowed and make an exit answer always or never; NaN is not.
    /// </param>
    /// <exception cref="ArgumentException">The number of thresholds is wrong, or one is NaN.</exception>
    public static ExitPolicy Create(NetworkPlan network, params ReadOnlySpan<float> thresholds)
    {
        ArgumentNullException.ThrowIfNull(network);
        int expected = network.Exits.Length - 1;
        if (thresholds.Length != expected)
        {
            throw new ArgumentException(
                $"{network.Name} has {expected} early exits and needs as many thresholds, but {thresholds.Length} were given.",
                nameof(thresholds));
        }

        for (int exit = 0; exit < expected; exit++) RequireNumber(network, exit, thresholds[exit]);
        return new ExitPolicy(network, [.. thresholds, float.NaN], Ones(network), null);
    }

    /// <summary>The same policy with another threshold at one exit, which is switched on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such early exit.</exception>
    /// <exception cref="ArgumentException">The threshold is NaN.</exception>
    public ExitPolicy With(int exit, float threshold)
    {
        RequireEarlyExit(exit);
        RequireNumber(Network, exit, threshold);
        return new ExitPolicy(Network, thresholds.SetItem(exit, threshold), temperatures, null);
    }

    /// <summary>The same policy with one exit switched off.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such early exit.</exception>
    public ExitPolicy WithDisabled(int exit)
    {
        RequireEarlyExit(exit);
        return new ExitPolicy(Network, thresholds.SetItem(exit, float.NaN), temperatures, null);
    }

    /// <summary>The same policy with another temperature at one exit, early or last.</summary>
    /// <exception cref="ArgumentOutOfRangeException">
    /// There is no such exit, or the temperature is not in [<see cref="MinTemperature"/>, <see cref="MaxTemperature"/>].
    /// </exception>
    public ExitPolicy WithTemperature(int exit, float temperature)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(exit);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(exit, Network.Exits.Length);
        if (!(temperature >= MinTemperature && temperature <= MaxTemperature))
        {
            throw new ArgumentOutOfRangeException(
                nameof(temperature), temperature, $"A temperature lies in [{MinTemperature}, {MaxTemperature}].");
        }

        return new ExitPolicy(Network, thresholds, temperatures.SetItem(exit, temperature), null);
    }

    /// <summary>The same policy with a note of how it was found. Changing a threshold or temperature later drops the note.</summary>
    public ExitPolicy WithCalibration(CalibrationRecord calibration)
    {
        ArgumentNullException.ThrowIfNull(calibration);
        return new ExitPolicy(Network, thresholds, temperatures, calibration);
    }

    /// <summary>The policy as an indented JSON document, the same bytes on every machine.</summary>
    /// <exception cref="InvalidOperationException">
    /// A threshold is outside its criterion's range, so that it could not be read back.
    /// </exception>
    public string ToJson() => ExitPolicyJson.Write(this);

    /// <summary>Writes <see cref="ToJson"/> to a file, which is complete or untouched.</summary>
    /// <exception cref="InvalidOperationException">
    /// A threshold is outside its criterion's range, so that it could not be read back.
    /// </exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string json = ToJson();
        AtomicFile.Write(path, file => file.Write(Encoding.UTF8.GetBytes(json)));
    }

    /// <summary>Reads a policy that <see cref="ToJson"/> wrote.</summary>
    /// <param name="network">The network that it must be for.</param>
    /// <param name="json">The document.</param>
    /// <exception cref="InvalidDataException">
    /// It is not such a document, is truncated, is of another version or for another network, or has a value out of range.
    /// </exception>
    public static ExitPolicy Parse(NetworkPlan network, string json)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(json);
        return ExitPolicyJson.Read(network, json, "the policy");
    }

    /// <summary>Reads a policy file.</summary>
    /// <param name="network">The network that it must be for.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">As <see cref="Parse"/>.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    public static ExitPolicy Load(NetworkPlan network, string path)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentException.ThrowIfNullOrEmpty(path);
        long bytes = new FileInfo(path).Length;
        if (bytes > ExitPolicyJson.MaxBytes)
        {
            throw new InvalidDataException($"{path} has {bytes} bytes; an exit policy has at most {ExitPolicyJson.MaxBytes}.");
        }

        return ExitPolicyJson.Read(network, File.ReadAllText(path), path);
    }

    /// <summary>Checks that it is for a network.</summary>
    /// <exception cref="ArgumentException">It is for a network with another fingerprint.</exception>
    internal void RequireFor(NetworkPlan plan)
    {
        if (Network.Fingerprint == plan.Fingerprint) return;
        throw new ArgumentException(
            $"The policy is for {Network.Name} ({Network.Fingerprint}), not for {plan.Name} ({plan.Fingerprint}).");
    }

    private static ImmutableArray<float> Ones(NetworkPlan network) => [.. Enumerable.Repeat(1f, network.Exits.Length)];

    private static void RequireNumber(NetworkPlan network, int exit, float threshold)
    {
        if (float.IsNaN(threshold))
        {
            throw new ArgumentException($"{network.Name}: the threshold of exit '{network.Exits[exit].Name}' is NaN.", nameof(threshold));
        }
    }

    private static string Hash(NetworkPlan network, ImmutableArray<float> thresholds, ImmutableArray<float> temperatures)
    {
        byte[] fingerprint = Encoding.UTF8.GetBytes(network.Fingerprint);
        byte[] content = new byte[fingerprint.Length + (sizeof(float) * (thresholds.Length + temperatures.Length))];
        fingerprint.CopyTo(content, 0);
        int position = fingerprint.Length;
        foreach (float value in thresholds.Concat(temperatures))
        {
            // One NaN, one zero: the id follows from what the policy decides, not from the bits of a float.
            float canonical = float.IsNaN(value) ? float.NaN : value + 0f;
            BinaryPrimitives.WriteSingleLittleEndian(content.AsSpan(position), canonical);
            position += sizeof(float);
        }

        return Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 8));
    }

    private void RequireEarlyExit(int exit)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(exit);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(exit, Network.Exits.Length - 1);
    }
}
