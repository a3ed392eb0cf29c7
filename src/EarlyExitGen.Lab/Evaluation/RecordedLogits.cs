using System.Runtime.InteropServices;
using System.Security.Cryptography;
using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen.Lab.Evaluation;

/// <summary>
/// What every exit gives for a set of labelled inputs, and its gate where it has one: one pass over the data, from which any policy can be
/// replayed, calibrated and evaluated without running the network again. Immutable and thread-safe.
/// </summary>
public sealed class RecordedLogits
{
    private readonly float[][] logits;
    private readonly float[]?[] gates;
    private readonly int[] labels;
    private readonly float[] targets;

    /// <summary>Takes what a network of classes gave elsewhere, and copies nothing.</summary>
    /// <param name="network">The network that gave it.</param>
    /// <param name="logits">One array per exit, row-major [row, class].</param>
    /// <param name="labels">The true class of each row, in [0, classes).</param>
    /// <param name="gates">
    /// One array per exit: each row's gate before the sigmoid, or null where the exit has none. Null when no exit has one.
    /// </param>
    /// <exception cref="ArgumentException">
    /// Nothing was recorded, sizes disagree, a label is no class, a value is not finite, or the network gives something else than classes.
    /// </exception>
    public RecordedLogits(NetworkPlan network, float[][] logits, int[] labels, float[]?[]? gates = null)
        : this(network, logits, gates, labels, [])
    {
        RequireOutput(network, isOfClasses: true);
        for (int row = 0; row < labels.Length; row++)
        {
            if (labels[row] < 0 || labels[row] >= network.Classes)
            {
                throw new ArgumentException(
                    $"{network.Name}: row {row} has the label {labels[row]}; expected 0 to {network.Classes - 1}.", nameof(labels));
            }
        }
    }

    /// <summary>Takes what a network of several labels or of quantities gave elsewhere, and copies nothing.</summary>
    /// <param name="network">The network that gave it.</param>
    /// <param name="logits">One array per exit, row-major [row, value].</param>
    /// <param name="targets">The true values, row-major [row, value]: 0 or 1 for each label, or the quantities.</param>
    /// <param name="gates">
    /// One array per exit: each row's gate before the sigmoid, or null where the exit has none. Null when no exit has one.
    /// </param>
    /// <exception cref="ArgumentException">
    /// Nothing was recorded, sizes disagree, a label is neither 0 nor 1, a value is not finite, or the network gives classes.
    /// </exception>
    public RecordedLogits(NetworkPlan network, float[][] logits, float[] targets, float[]?[]? gates = null)
        : this(network, logits, gates, [], targets)
    {
        RequireOutput(network, isOfClasses: false);
        bool isOfLabels = network.Output == OutputKind.MultiLabel;
        int broken = Array.FindIndex(targets, value => isOfLabels ? value is not (0 or 1) : !float.IsFinite(value));
        if (targets.Length % network.Classes == 0 && broken < 0) return;
        string what = broken < 0
            ? $"there are {targets.Length} true values; each row has {network.Classes}"
            : $"row {broken / network.Classes} has the true value {targets[broken]}; expected {(isOfLabels ? "0 or 1" : "a finite one")}";
        throw new ArgumentException($"{network.Name}: {what}.", nameof(targets));
    }

    private RecordedLogits(NetworkPlan network, float[][] logits, float[]?[]? gates, int[] labels, float[] targets)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(targets);
        Network = network;
        Rows = labels.Length > 0 ? labels.Length : targets.Length / network.Classes;
        this.logits = logits;
        this.labels = labels;
        this.targets = targets;
        this.gates = gates ?? new float[]?[network.Exits.Length];
        if (Rows == 0) throw new ArgumentException($"{network.Name}: there is no row to record.", nameof(labels));
        if (logits.Length != network.Exits.Length || this.gates.Length != network.Exits.Length)
        {
            throw new ArgumentException(
                $"{network.Name} has {network.Exits.Length} exits, but logits of {logits.Length} and gates of {this.gates.Length} were given.",
                nameof(logits));
        }

        for (int exit = 0; exit < logits.Length; exit++)
        {
            RequireLogits(network, exit, logits[exit], Rows);
            RequireGates(network.Name, network.Exits[exit], this.gates[exit], Rows);
        }
    }

    /// <summary>The network that gave the logits.</summary>
    public NetworkPlan Network { get; }

    /// <summary>The number of rows.</summary>
    public int Rows { get; }

    /// <summary>The number of exits, the last one included.</summary>
    public int Exits => logits.Length;

    /// <summary>The number of classes.</summary>
    public int Classes => Network.Classes;

    /// <summary>The true class of each row; empty where the network gives something else than classes.</summary>
    public ReadOnlySpan<int> Labels => labels;

    /// <summary>The logits of one row at one exit, one per class.</summary>
    public ReadOnlySpan<float> Row(int exit, int row) => logits[exit].AsSpan(row * Classes, Classes);

    /// <summary>
    /// The true values of one row: 0 or 1 for each label, or the quantities. Empty where the network gives classes.
    /// </summary>
    public ReadOnlySpan<float> Target(int row) => targets.Length == 0 ? [] : targets.AsSpan(row * Classes, Classes);

    /// <summary>What one exit's gate gives for one row, before the sigmoid; NaN where the exit has no gate.</summary>
    public float Gate(int exit, int row) => gates[exit]?[row] ?? float.NaN;

    /// <summary>Runs every exit and gate of a network over labelled inputs in evaluation mode, and restores the network's mode.</summary>
    /// <param name="network">The network.</param>
    /// <param name="inputs">[N, …input], on the network's device.</param>
    /// <param name="labels">N classes, int64; for other outputs [N, values], 0 or 1 for each label or the quantities.</param>
    /// <param name="batchSize">Rows per pass; at least 1.</param>
    /// <exception cref="ArgumentException">The labels don't fit the inputs, or the network has an extra input.</exception>
    public static RecordedLogits Record(EarlyExitModule network, Tensor inputs, Tensor labels, int batchSize = 256)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        int rows = checked((int)inputs.size(0));
        NetworkPlan plan = network.Plan;
        OneInput.Require(plan, "recording of logits knows");
        bool isOfClasses = plan.Output == OutputKind.Classification;
        long[] shape = isOfClasses ? [rows] : [rows, plan.Classes];
        if (!labels.shape.SequenceEqual(shape))
        {
            throw new ArgumentException(
                $"{plan.Name}: {rows} inputs need {string.Join(" times ", shape)} labels, but labels of shape " +
                $"[{string.Join(", ", labels.shape)}] were given.", nameof(labels));
        }

        float[][] recorded = [.. plan.Exits.Select(_ => new float[rows * plan.Classes])];
        float[]?[] gates = [.. plan.Exits.Select(exit => exit.Gate is null ? null : new float[rows])];
        bool wasTraining = network.training;
        network.eval();
        try
        {
            using (no_grad())
            {
                for (int start = 0; start < rows; start += batchSize)
                {
                    using DisposeScope scope = NewDisposeScope();
                    int end = Math.Min(rows, start + batchSize);
                    ExitLogits all = network.ForwardAll(inputs[start..end]);
                    for (int exit = 0; exit < all.Count; exit++) Copy(all[exit], recorded[exit], start * plan.Classes);
                    RecordGates(network, inputs[start..end], gates, start);
                }
            }
        }
        finally
        {
            network.train(wasTraining);
        }

        using Tensor hostLabels = labels.to(isOfClasses ? ScalarType.Int64 : ScalarType.Float32).cpu().contiguous();
        return isOfClasses
            ? new RecordedLogits(plan, recorded, [.. hostLabels.data<long>().Select(label => checked((int)label))], gates)
            : new RecordedLogits(plan, recorded, hostLabels.data<float>().ToArray(), gates);
    }

    /// <summary>The rows with these indices, in this order; an index may repeat.</summary>
    public RecordedLogits Subset(ReadOnlySpan<int> rows)
    {
        int[] chosen = rows.ToArray();
        return new RecordedLogits(
            Network,
            Array.ConvertAll(logits, exit => Chosen(exit, Classes)),
            Array.ConvertAll(gates, gate => gate is null ? null : Chosen(gate, 1)),
            labels.Length == 0 ? [] : Array.ConvertAll(chosen, row => labels[row]),
            targets.Length == 0 ? [] : Chosen(targets, Classes));

        float[] Chosen(float[] values, int width)
        {
            float[] subset = new float[chosen.Length * width];
            for (int row = 0; row < chosen.Length; row++) values.AsSpan(chosen[row] * width, width).CopyTo(subset.AsSpan(row * width));
            return subset;
        }
    }

    /// <summary>These rows, and after them another recording's of the same network.</summary>
    /// <exception cref="ArgumentException">The other one is of another network.</exception>
    public RecordedLogits Concat(RecordedLogits other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Network.Fingerprint != Network.Fingerprint)
        {
            throw new ArgumentException(
                $"Logits of {other.Network.Name} ({other.Network.Fingerprint}) can't follow those of {Network.Name} " +
                $"({Network.Fingerprint}).",
                nameof(other));
        }

        return new RecordedLogits(
            Network,
            [.. logits.Zip(other.logits, (first, second) => (float[])[.. first, .. second])],
            [.. gates.Zip(other.gates, (first, second) => first is null ? null : (float[])[.. first, .. second!])],
            [.. labels, .. other.labels],
            [.. targets, .. other.targets]);
    }

    /// <summary>Deals the rows at random into two parts.</summary>
    /// <param name="firstShare">The share of the rows in the first part, in (0, 1); both parts have at least one row.</param>
    /// <param name="seed">Of the random permutation.</param>
    public (RecordedLogits First, RecordedLogits Second) Split(double firstShare, int seed)
    {
        if (!(firstShare > 0 && firstShare < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(firstShare), firstShare, "The share lies between 0 and 1.");
        }

        if (Rows < 2) throw new InvalidOperationException($"{Network.Name}: {Rows} recorded row can't be split in two.");
        int[] order = [.. Enumerable.Range(0, Rows)];
#pragma warning disable CA5394 // Not for security: a split must be repeatable.
        new Random(seed).Shuffle(order);
#pragma warning restore CA5394
        int first = Math.Clamp((int)Math.Round(firstShare * Rows), 1, Rows - 1);
        return (Subset(order.AsSpan(0, first)), Subset(order.AsSpan(first)));
    }

    /// <summary>SHA-256 over labels, logits and gates, in hexadecimal.</summary>
    public string Hash()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes(labels.AsSpan()));
        hash.AppendData(MemoryMarshal.AsBytes(targets.AsSpan()));
        foreach (float[] exit in logits) hash.AppendData(MemoryMarshal.AsBytes(exit.AsSpan()));
        foreach (float[]? gate in gates) hash.AppendData(MemoryMarshal.AsBytes(gate.AsSpan()));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void RecordGates(EarlyExitModule network, Tensor features, float[]?[] gates, int start)
    {
        int stage = 0;
        for (int exit = 0; exit < gates.Length; exit++)
        {
            if (gates[exit] is not float[] values) continue;
            while (stage <= network.Plan.Exits[exit].Stage) features = network.CallStage(stage++, features);
            Copy(network.CallGate(exit, features), values, start);
        }
    }

    private static void Copy(Tensor values, float[] to, int start)
    {
        using Tensor host = values.to(ScalarType.Float32).cpu().contiguous();
        host.data<float>().CopyTo(to, start);
    }

    private static void RequireOutput(NetworkPlan network, bool isOfClasses)
    {
        if (network.Output == OutputKind.Classification == isOfClasses) return;
        string needed = isOfClasses ? "the true values of each row" : "the true class of each row";
        throw new ArgumentException($"{network.Name} gives {network.Output} outputs and needs {needed}.", nameof(network));
    }

    private static void RequireGates(string network, ExitPlan exit, float[]? values, int rows)
    {
        int expected = exit.Gate is null ? 0 : rows;
        if ((values?.Length ?? 0) != expected)
        {
            throw new ArgumentException(
                $"{network}: exit '{exit.Name}' has {values?.Length ?? 0} recorded values of its gate; {rows} rows need {expected}.",
                nameof(values));
        }

        int broken = Array.FindIndex(values ?? [], value => !float.IsFinite(value));
        if (broken >= 0)
        {
            throw new ArgumentException(
                $"{network}: gate '{exit.Gate}' of exit '{exit.Name}' gave {values![broken]} for row {broken}; evaluation needs finite " +
                "values.", nameof(values));
        }
    }

    private static void RequireLogits(NetworkPlan network, int exit, float[] values, int rows)
    {
        string name = network.Exits[exit].Name;
        if (values.Length != (long)rows * network.Classes)
        {
            throw new ArgumentException(
                $"{network.Name}: exit '{name}' has {values.Length} logits; {rows} rows of {network.Classes} classes need " +
                $"{(long)rows * network.Classes}.", nameof(values));
        }

        int broken = Array.FindIndex(values, value => !float.IsFinite(value));
        if (broken >= 0)
        {
            throw new ArgumentException(
                $"{network.Name}: exit '{name}' gave {values[broken]} for class {broken % network.Classes} of row " +
                $"{broken / network.Classes}; calibration and evaluation need finite logits.", nameof(values));
        }
    }
}
