using EarlyExitGen.Criteria;
using static TorchSharp.torch;

namespace EarlyExitGen.TorchRuntime;

/// <summary>
/// The scores of an exit's rows, computed where their logits are: two or three numbers of each row go to the host instead of all its
/// logits.
/// </summary>
/// <remarks>
/// One pipeline's, and so one thread's. The scores are those of the criteria on the host up to rounding. Whoever sets a threshold to the
/// very score of a row finds it on one side of it here and perhaps on the other side there. A NaN logit makes all numbers of its row NaN.
/// </remarks>
internal sealed unsafe class DeviceScores : IDisposable
{
    private const int Statistics = (int)RowStatistic.LargestLogit + 1;

    private readonly int classes;
    private readonly DeviceRule?[] rules;
    private readonly HostRows host = new(columns: 1);
    private readonly TensorSlot[] columns = [.. Enumerable.Range(0, Statistics).Select(_ => new TensorSlot())];
    private readonly TensorSlot[] ordered = new TensorSlot[Statistics];
    private readonly TensorSlot labels = new();
    private readonly TensorSlot scaled = new();
    private readonly TensorSlot probabilities = new();
    private readonly TensorSlot scratch = new();
    private readonly float[] row = new float[Statistics];
    private Tensor? everyLabel;
    private DeviceRule rule;
    private float temperature;
    private float* read;
    private int rows;

    public DeviceScores(NetworkPlan plan)
    {
        classes = plan.Classes;
        rules = [.. plan.Exits.Select((_, exit) => DeviceRule.Of(plan, exit))];
        rule = rules[^1]!;
    }

    /// <summary>The confidence of the visited row, where the exit needs it.</summary>
    public float Confidence => row[(int)RowStatistic.Confidence];

    /// <summary>The score of the visited row by the exit's first condition.</summary>
    public float FirstScore => DeviceRule.Score(rule.Criteria[0], row, classes, temperature);

    /// <summary>Whether an early exit of a network has its scores here.</summary>
    public static bool Serve(NetworkPlan plan) =>
        Enumerable.Range(0, plan.Exits.Length - 1).Any(exit => DeviceRule.Of(plan, exit) is not null);

    /// <summary>Makes what all calls share, where the logits are.</summary>
    public void Prepare(Device device) =>
        everyLabel ??= arange(classes, ScalarType.Int64, device).DetachFromDisposeScope();

    /// <summary>Scores all rows of an exit, and waits for what comes of it.</summary>
    /// <param name="logits">float32 [rows, classes].</param>
    /// <param name="exit">The exit.</param>
    /// <param name="count">How many rows.</param>
    /// <param name="dividedBy">The temperature.</param>
    /// <param name="pinned">Whether the logits are on a GPU.</param>
    public void Run(TensorSlot logits, int exit, int count, float dividedBy, bool pinned)
    {
        (rule, rows, temperature) = (rules[exit]!, count, dividedBy);
        labels.Set(Label(logits));
        scaled.Set(temperature == 1 ? EarlyExitTorchPipeline.Alias(logits) : EarlyExitTorchPipeline.Divide(logits, temperature));
        if (rule.Statistics.Contains(RowStatistic.LargestLogit)) columns[(int)RowStatistic.LargestLogit].Set(Largest(scaled));

        // The largest number for infinity: then the softmax is the limit that the criteria take, and not NaN. Only beside that very number
        // would infinity be one of two here, and less sure than on the host.
        scaled.Set(EarlyExitTorchPipeline.Hardtanh(scaled, float.MinValue, float.MaxValue));
        probabilities.Set(EarlyExitTorchPipeline.Softmax(scaled, 1));
        foreach (RowStatistic statistic in rule.Statistics)
        {
            TensorSlot column = columns[(int)statistic];
            switch (statistic)
            {
                case RowStatistic.Label:
                    column.Set(EarlyExitTorchPipeline.ToType(labels, ScalarType.Float32));
                    break;
                case RowStatistic.Confidence:
                    column.Set(Largest(probabilities));
                    break;
                case RowStatistic.Entropy:
                    scratch.Set(Surprise(probabilities));
                    column.Set(EarlyExitTorchPipeline.Sum(scratch, [1], keep: true));
                    break;
                case RowStatistic.Margin:
                    column.Set(Largest(probabilities));
                    scratch.Set(WithoutTheLargest());
                    scratch.Set(Largest(scratch));
                    EarlyExitTorchPipeline.SubtractInPlace(column, scratch);
                    break;
            }
        }

        Read(pinned);
        Clear();
    }

    /// <summary>The class that a row votes for.</summary>
    public int LabelAt(int place) => (int)read[place];

    /// <summary>Reads what is known of a row, for the methods below.</summary>
    public void Visit(int place)
    {
        for (int index = 0; index < rule.Statistics.Length; index++)
        {
            row[(int)rule.Statistics[index]] = read[((long)index * rows) + place];
        }
    }

    /// <summary>Whether the visited row leaves.</summary>
    public bool Leaves(ExitPolicy policy, int exit)
    {
        bool all = rule.Combination == Combination.All;
        for (int index = 0; index < rule.Criteria.Length; index++)
        {
            ExitCriterion criterion = rule.Criteria[index];
            bool holds = criterion.ShouldExit(DeviceRule.Score(criterion, row, classes, temperature), policy[exit, index]);
            if (holds != all) return holds;
        }

        return all;
    }

    /// <summary>Lets go of what a call left.</summary>
    public void Clear()
    {
        foreach (TensorSlot column in columns) column.Clear();
        labels.Clear();
        scaled.Clear();
        probabilities.Clear();
        scratch.Clear();
    }

    /// <summary>Lets go of all memory; the next call makes it anew, where the logits are by then.</summary>
    public void Dispose()
    {
        Clear();
        host.Dispose();
        everyLabel?.Dispose();
        everyLabel = null;
    }

    /// <summary>The index of the first of the largest in each row, [rows, 1].</summary>
    internal static NewTensor Label(TensorSlot input) => new(NativeError.Check(LibTorchSharp.ArgMax(input.Handle, 1, 1)));

    /// <summary>The largest of each row, [rows, 1]; NaN where there is one.</summary>
    internal static NewTensor Largest(TensorSlot input)
    {
        long dimension = 1;
        return new(NativeError.Check(LibTorchSharp.Largest(input.Handle, &dimension, 1, 1)));
    }

    /// <summary>−p · ln p, and 0 for 0.</summary>
    internal static NewTensor Surprise(TensorSlot input) => new(NativeError.Check(LibTorchSharp.Surprise(input.Handle)));

    /// <summary>Whether elements are equal, with every row of one and every column of the other.</summary>
    internal static NewTensor Equal(nint left, TensorSlot right) => new(NativeError.Check(LibTorchSharp.Equal(left, right.Handle)));

    private NewTensor WithoutTheLargest()
    {
        scratch.Set(Equal(everyLabel!.Handle, labels));
        return EarlyExitTorchPipeline.MaskedFill(probabilities, scratch, 0);
    }

    private void Read(bool pinned)
    {
        int count = rule.Statistics.Length;
        for (int index = 0; index < count; index++) ordered[index] = columns[(int)rule.Statistics[index]];
        scratch.Set(EarlyExitTorchPipeline.Concatenate(ordered.AsSpan(0, count), 0));
        nint target = host.Rows(count * rows, pinned);

        // The one place of an exit that waits for a GPU.
        LibTorchSharp.Copy(target, scratch.Handle, 0);
        NativeError.ThrowIfAny();
        read = (float*)LibTorchSharp.Data(target);
    }
}
