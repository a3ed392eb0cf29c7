using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using EarlyExitGen.Cpu.Weights;

namespace EarlyExitGen;

/// <summary>
/// The rules by which a network exits: thresholds and a temperature per exit, which exits are switched on, and the first and the last of
/// them. Immutable and thread-safe: to change a rule, make a new policy and assign it; a call reads the policy once, so that every answer
/// is one policy's.
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
    private readonly ImmutableArray<ImmutableArray<float>> furtherThresholds;

    private ExitPolicy(NetworkPlan network, ImmutableArray<float> thresholds)
        : this(
            network,
            thresholds,
            [.. Enumerable.Repeat(1f, network.Exits.Length)],
            [.. network.Exits.Select(exit => exit.FurtherConditions.Select(condition => condition.Threshold).ToImmutableArray())],
            0,
            network.Exits.Length - 1)
    {
    }

    private ExitPolicy(
        NetworkPlan network,
        ImmutableArray<float> thresholds,
        ImmutableArray<float> temperatures,
        ImmutableArray<ImmutableArray<float>> furtherThresholds,
        int firstExit,
        int lastExit)
    {
        Network = network;
        this.thresholds = thresholds;
        this.temperatures = temperatures;
        this.furtherThresholds = furtherThresholds;
        FirstExit = firstExit;
        LastExit = lastExit;
        Id = Hash();
    }

    /// <summary>The network that it is for.</summary>
    public NetworkPlan Network { get; }

    /// <summary>
    /// Sixteen hexadecimal digits of a hash over the network's fingerprint and every rule: policies that decide alike have one id, so that
    /// a logged decision can be traced to the policy that made it.
    /// </summary>
    public string Id { get; }

    /// <summary>How the thresholds were found; null when nobody calibrated them.</summary>
    public CalibrationRecord? Calibration { get; private init; }

    /// <summary>The least depth: no exit before this one runs. 0 unless changed.</summary>
    public int FirstExit { get; }

    /// <summary>The greatest depth: what reaches this exit is answered there. The network's last exit unless changed.</summary>
    public int LastExit { get; }

    /// <summary>
    /// The threshold of one exit in its criterion's own unit; NaN for an exit that is switched off and for the last exit, which has none.
    /// </summary>
    public float this[int exit] => thresholds[exit];

    /// <summary>
    /// The threshold of one condition of an exit: 0 for that of its <see cref="ExitAttribute"/>, and from 1 on those of its
    /// <see cref="ExitConditionAttribute"/>s.
    /// </summary>
    public float this[int exit, int condition] => condition == 0 ? thresholds[exit] : furtherThresholds[exit][condition - 1];

    /// <summary>What divides the logits of one exit before they are scored; 1 unless calibrated.</summary>
    public float Temperature(int exit) => temperatures[exit];

    /// <summary>
    /// Whether an exit runs: it is switched on and lies between <see cref="FirstExit"/> and <see cref="LastExit"/>. Always true for the
    /// last of them, and for the network's last exit, which answers what found no answer before.
    /// </summary>
    public bool IsEnabled(int exit) =>
        exit == thresholds.Length - 1 || exit == LastExit || (exit >= FirstExit && exit < LastExit && !float.IsNaN(thresholds[exit]));

    /// <summary>The policy that the attributes declare.</summary>
    public static ExitPolicy Default(NetworkPlan network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return new ExitPolicy(network, [.. network.Exits.Select(exit => exit.Threshold)]);
    }

    /// <summary>
    /// A policy with one threshold per early exit, that is, one fewer than the network has exits. Further conditions keep the thresholds
    /// of their attributes.
    /// </summary>
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
        return new ExitPolicy(network, [.. thresholds, float.NaN]);
    }

    /// <summary>The same policy with another threshold at one exit, which is switched on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such early exit.</exception>
    /// <exception cref="ArgumentException">The threshold is NaN.</exception>
    public ExitPolicy With(int exit, float threshold)
    {
        RequireEarlyExit(exit);
        RequireNumber(Network, exit, threshold);
        return Changed(thresholds: thresholds.SetItem(exit, threshold));
    }

    /// <summary>The same policy with another threshold of one further condition.</summary>
    /// <param name="exit">An early exit.</param>
    /// <param name="condition">From 1 on, in the order of its <see cref="ExitConditionAttribute"/>s.</param>
    /// <param name="threshold">In the condition's own unit.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such early exit or condition.</exception>
    /// <exception cref="ArgumentException">The threshold is NaN.</exception>
    public ExitPolicy WithCondition(int exit, int condition, float threshold)
    {
        RequireEarlyExit(exit);
        ArgumentOutOfRangeException.ThrowIfLessThan(condition, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(condition, furtherThresholds[exit].Length);
        RequireNumber(Network, exit, threshold);
        return Changed(furtherThresholds:
            furtherThresholds.SetItem(exit, furtherThresholds[exit].SetItem(condition - 1, threshold)));
    }

    /// <summary>The same policy with another least and greatest depth.</summary>
    /// <param name="first">The first exit that may answer.</param>
    /// <param name="last">The last exit that runs, at least <paramref name="first"/>: what reaches it is answered there.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such exit, or the last lies before the first.</exception>
    public ExitPolicy WithDepth(int first, int last)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(last, Network.Exits.Length);
        ArgumentOutOfRangeException.ThrowIfLessThan(last, first);
        return new ExitPolicy(Network, thresholds, temperatures, furtherThresholds, first, last);
    }

    /// <summary>The same policy with one exit switched off.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such early exit.</exception>
    public ExitPolicy WithDisabled(int exit)
    {
        RequireEarlyExit(exit);
        return Changed(thresholds: thresholds.SetItem(exit, float.NaN));
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

        return Changed(temperatures: temperatures.SetItem(exit, temperature));
    }

    /// <summary>The same policy with a note of how it was found. Changing a rule later drops the note.</summary>
    public ExitPolicy WithCalibration(CalibrationRecord calibration)
    {
        ArgumentNullException.ThrowIfNull(calibration);
        return new ExitPolicy(Network, thresholds, temperatures, furtherThresholds, FirstExit, LastExit) { Calibration = calibration };
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

    private static void RequireNumber(NetworkPlan network, int exit, float threshold)
    {
        if (float.IsNaN(threshold))
        {
            throw new ArgumentException($"{network.Name}: the threshold of exit '{network.Exits[exit].Name}' is NaN.", nameof(threshold));
        }
    }

    private ExitPolicy Changed(
        ImmutableArray<float>? thresholds = null,
        ImmutableArray<float>? temperatures = null,
        ImmutableArray<ImmutableArray<float>>? furtherThresholds = null) => new(
        Network,
        thresholds ?? this.thresholds,
        temperatures ?? this.temperatures,
        furtherThresholds ?? this.furtherThresholds,
        FirstExit,
        LastExit);

    private string Hash()
    {
        byte[] fingerprint = Encoding.UTF8.GetBytes(Network.Fingerprint);
        float[] numbers = [.. thresholds, .. temperatures, .. furtherThresholds.SelectMany(exit => exit)];
        bool hasDepth = FirstExit > 0 || LastExit < thresholds.Length - 1;
        if (hasDepth) numbers = [.. numbers, FirstExit, LastExit];
        byte[] content = new byte[fingerprint.Length + (sizeof(float) * numbers.Length)];
        fingerprint.CopyTo(content, 0);
        int position = fingerprint.Length;
        foreach (float value in numbers)
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
