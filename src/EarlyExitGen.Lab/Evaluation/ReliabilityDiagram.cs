using System.Collections.Immutable;
using EarlyExitGen.Criteria;

namespace EarlyExitGen.Lab.Evaluation;

/// <summary>One bin of a reliability diagram: the rows whose confidence lies in (Lower, Upper].</summary>
/// <param name="Lower">The bin's lower edge.</param>
/// <param name="Upper">The bin's upper edge.</param>
/// <param name="Rows">The rows in it.</param>
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

    /// <summary>The diagram of one exit's softmax confidence at a temperature.</summary>
    /// <param name="recorded">The logits and labels.</param>
    /// <param name="exit">The exit.</param>
    /// <param name="temperature">What divides the logits; above 0.</param>
    /// <param name="bins">The number of bins; at least 1.</param>
    public static ReliabilityDiagram Of(RecordedLogits recorded, int exit, double temperature = 1, int bins = DefaultBins)
    {
        ArgumentNullException.ThrowIfNull(recorded);
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(temperature);
        int[] rows = new int[bins];
        int[] right = new int[bins];
        double[] confidence = new double[bins];
        for (int row = 0; row < recorded.Rows; row++)
        {
            ReadOnlySpan<float> logits = recorded.Row(exit, row);
            double largest = LogSoftmax.Confidence(logits, 1 / temperature);
            int bin = Math.Clamp((int)Math.Ceiling(largest * bins) - 1, 0, bins - 1);
            rows[bin]++;
            confidence[bin] += largest;
            if (ArgMax.Of(logits) == recorded.Labels[row]) right[bin]++;
        }

        double error = 0;
        ImmutableArray<ReliabilityBin>.Builder built = ImmutableArray.CreateBuilder<ReliabilityBin>(bins);
        for (int bin = 0; bin < bins; bin++)
        {
            int count = Math.Max(1, rows[bin]);
            built.Add(new((double)bin / bins, (bin + 1.0) / bins, rows[bin], confidence[bin] / count, (double)right[bin] / count));
            error += Math.Abs(right[bin] - confidence[bin]) / recorded.Rows;
        }

        return new ReliabilityDiagram(built.MoveToImmutable(), error);
    }
}
