using System.Collections.Immutable;
using EarlyExitGen.Criteria;

namespace EarlyExitGen.Lab.Evaluation;

/// <summary>One bin of a reliability diagram: the rows whose confidence lies in (Lower, Upper].</summary>
/// <param name="Lower">The bin's lower edge.</param>
/// <param name="Upper">The bin's upper edge.</param>
/// <param name="Rows">The rows in it; with several labels, each label of a row counts for itself.</param>
/// <param name="Confidence">Their average confidence; 0 without rows.</param>
/// <param name="Accuracy">The share of them that is right; 0 without rows.</param>
public sealed record ReliabilityBin(double Lower, double Upper, int Rows, double Confidence, double Accuracy);

/// <summary>
/// How far an exit's confidence is from its accuracy, in equal-width bins. Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern
/// Neural Networks", 2017.
/// </summary>
/// <param name="Bins">The bins over [0, 1].</param>
/// <param name="ExpectedCalibrationError">Σ rows/N · |accuracy − confidence| over the bins, in [0, 1].</param>
public sealed record ReliabilityDiagram(ImmutableArray<ReliabilityBin> Bins, double ExpectedCalibrationError)
{
    /// <summary>The number of bins that the paper uses.</summary>
    public const int DefaultBins = 15;

    /// <summary>The diagram of one exit's own confidence at a temperature: its softmax, or the sigmoid of each label.</summary>
    /// <param name="recorded">The logits and labels.</param>
    /// <param name="exit">The exit.</param>
    /// <param name="temperature">What divides the logits; above 0.</param>
    /// <param name="bins">The number of bins; at least 1.</param>
    /// <exception cref="ArgumentException">The network gives quantities, which have no confidence.</exception>
    public static ReliabilityDiagram Of(RecordedLogits recorded, int exit, double temperature = 1, int bins = DefaultBins)
    {
        ArgumentNullException.ThrowIfNull(recorded);
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(temperature);
        if (recorded.Network.Output == OutputKind.Regression)
        {
            throw new ArgumentException($"{recorded.Network.Name} gives quantities, which have no confidence.", nameof(recorded));
        }

        return Of(Enumerable.Range(0, recorded.Rows).SelectMany(row => Outcomes(recorded, row, recorded.Row(exit, row), temperature)), bins);
    }

    /// <summary>The diagram of what an exit answers, in its turn; without bins for quantities.</summary>
    internal static ReliabilityDiagram Of(ExitTable table, int exit, double temperature) =>
        table.Recorded.Network.Output == OutputKind.Regression
            ? new ReliabilityDiagram([], double.NaN)
            : Of(
                Enumerable.Range(0, table.Rows)
                    .SelectMany(row => Outcomes(table.Recorded, row, table.Answer(exit, row), temperature)),
                DefaultBins);

    /// <summary>How sure a row is and whether that is right: once for its class, or once for each of its labels.</summary>
    private static (double Confidence, bool IsRight)[] Outcomes(
        RecordedLogits recorded, int row, ReadOnlySpan<float> logits, double temperature)
    {
        if (recorded.Network.Output == OutputKind.Classification)
        {
            return [(LogSoftmax.Confidence(logits, 1 / temperature), ArgMax.Of(logits) == recorded.Labels[row])];
        }

        (double, bool)[] outcomes = new (double, bool)[logits.Length];
        for (int label = 0; label < outcomes.Length; label++)
        {
            double confidence = 1 / (1 + Math.Exp(-Math.Abs(logits[label]) / temperature));
            outcomes[label] = (confidence, logits[label] > 0 == recorded.Target(row)[label] > 0);
        }

        return outcomes;
    }

    private static ReliabilityDiagram Of(IEnumerable<(double Confidence, bool IsRight)> outcomes, int bins)
    {
        int total = 0;
        int[] rows = new int[bins];
        int[] right = new int[bins];
        double[] confidence = new double[bins];
        foreach ((double largest, bool isRight) in outcomes)
        {
            int bin = Math.Clamp((int)Math.Ceiling(largest * bins) - 1, 0, bins - 1);
            total++;
            rows[bin]++;
            confidence[bin] += largest;
            if (isRight) right[bin]++;
        }

        double error = 0;
        ImmutableArray<ReliabilityBin>.Builder built = ImmutableArray.CreateBuilder<ReliabilityBin>(bins);
        for (int bin = 0; bin < bins; bin++)
        {
            int count = Math.Max(1, rows[bin]);
            built.Add(new((double)bin / bins, (bin + 1.0) / bins, rows[bin], confidence[bin] / count, (double)right[bin] / count));
            error += Math.Abs(right[bin] - confidence[bin]) / total;
        }

        return new ReliabilityDiagram(built.MoveToImmutable(), error);
    }
}
