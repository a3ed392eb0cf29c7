using System.Runtime.InteropServices;
using System.Security.Cryptography;
using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen.Lab.Evaluation;

/// <summary>
/// Every exit's logits for a set of labelled inputs: one pass over the data, from which any policy can be replayed, calibrated and
/// evaluated without running the network again. Immutable and thread-safe.
/// </summary>
public sealed class RecordedLogits
{
    private readonly float[][] logits;
    private readonly int[] labels;

    /// <summary>Takes logits that were recorded elsewhere, and copies nothing.</summary>
    /// <param name="network">The network that gave them.</param>
    /// <param name="logits">One array per exit, row-major [row, class].</param>
    /// <param name="labels">The true class of each row, in [0, classes).</param>
    /// <exception cref="ArgumentException">
    /// Nothing was recorded, sizes disagree, a label is no class, a logit is not finite, or the network's exits do not each decide by one
    /// criterion on their own logits of classes.
    /// </exception>
    public RecordedLogits(NetworkPlan network, float[][] logits, int[] labels)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(labels);
        ReplayableRules.Require(network);
        if (labels.Length == 0) throw new ArgumentException($"{network.Name}: there is no row to record.", nameof(labels));
        if (logits.Length != network.Exits.Length)
        {
            throw new ArgumentException(
                $"{network.Name} has {network.Exits.Length} exits, but logits of {logits.Length} were given.", nameof(logits));
        }

        for (int exit = 0; exit < logits.Length; exit++) RequireLogits(network, exit, logits[exit], labels.Length);
        for (int row = 0; row < labels.Length; row++)
        {
            if (labels[row] < 0 || labels[row] >= network.Classes)
            {
                throw new ArgumentException(
                    $"{network.Name}: row {row} has the label {labels[row]}; expected 0 to {network.Classes - 1}.", nameof(labels));
            }
        }

        Network = network;
        this.logits = logits;
        this.labels = labels;
    }

    /// <summary>The network that gave the logits.</summary>
    public NetworkPlan Network { get; }

    /// <summary>The number of rows.</summary>
    public int Rows => labels.Length;

    /// <summary>The number of exits, the last one included.</summary>
    public int Exits => logits.Length;

    /// <summary>The number of classes.</summary>
    public int Classes => Network.Classes;

    /// <summary>The true class of each row.</summary>
    public ReadOnlySpan<int> Labels => labels;

    /// <summary>The logits of one row at one exit, one per class.</summary>
    public ReadOnlySpan<float> Row(int exit, int row) => logits[exit].AsSpan(row * Classes, Classes);

    /// <summary>Runs every exit of a network over labelled inputs in evaluation mode, and restores the network's mode.</summary>
    /// <param name="network">The network.</param>
    /// <param name="inputs">[N, …input], on the network's device.</param>
    /// <param name="labels">N classes, int64.</param>
    /// <param name="batchSize">Rows per pass; at least 1.</param>
    public static RecordedLogits Record(EarlyExitModule network, Tensor inputs, Tensor labels, int batchSize = 256)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        int rows = checked((int)inputs.size(0));
        if (labels.dim() != 1 || labels.size(0) != rows)
        {
            throw new ArgumentException(
                $"{network.Plan.Name}: {rows} inputs need {rows} labels, but labels of shape [{string.Join(", ", labels.shape)}] were " +
                "given.", nameof(labels));
        }

        NetworkPlan plan = network.Plan;
        ReplayableRules.Require(plan);
        float[][] recorded = [.. plan.Exits.Select(_ => new float[rows * plan.Classes])];
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
                    for (int exit = 0; exit < all.Count; exit++)
                    {
                        using Tensor host = all[exit].to(ScalarType.Float32).cpu().contiguous();
                        host.data<float>().CopyTo(recorded[exit], start * plan.Classes);
                    }
                }
            }
        }
        finally
        {
            network.train(wasTraining);
        }

        using Tensor hostLabels = labels.to(ScalarType.Int64).cpu().contiguous();
        return new RecordedLogits(plan, recorded, [.. hostLabels.data<long>().Select(label => checked((int)label))]);
    }

    /// <summary>The rows with these indices, in this order; an index may repeat.</summary>
    public RecordedLogits Subset(ReadOnlySpan<int> rows)
    {
        int[] chosen = rows.ToArray();
        float[][] subset = new float[Exits][];
        for (int exit = 0; exit < Exits; exit++)
        {
            subset[exit] = new float[chosen.Length * Classes];
            for (int row = 0; row < chosen.Length; row++) Row(exit, chosen[row]).CopyTo(subset[exit].AsSpan(row * Classes));
        }

        return new RecordedLogits(Network, subset, Array.ConvertAll(chosen, row => labels[row]));
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
            [.. labels, .. other.labels]);
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

    /// <summary>SHA-256 over labels and logits, in hexadecimal.</summary>
    public string Hash()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes(labels.AsSpan()));
        foreach (float[] exit in logits) hash.AppendData(MemoryMarshal.AsBytes(exit.AsSpan()));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
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
