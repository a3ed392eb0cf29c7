using EarlyExitGen.Lab.Evaluation;

namespace EarlyExitGen.Lab.Calibration;

/// <summary>
/// The temperature of one exit that makes the labels of held-out data most likely. Guo, Pleiss, Sun and Weinberger, "On Calibration
/// of Modern Neural Networks", 2017.
/// </summary>
/// <param name="Temperature">In [<see cref="Smallest"/>, <see cref="Largest"/>].</param>
/// <param name="AtBound">
/// Whether the data asks for a temperature beyond those bounds, as it does when every row is right or the logits say nothing.
/// </param>
/// <param name="LossBefore">The mean negative log-likelihood in nats at temperature 1.</param>
/// <param name="LossAfter">The mean negative log-likelihood in nats at the fitted temperature; never above the one before.</param>
/// <param name="ErrorBefore">The expected calibration error at temperature 1.</param>
/// <param name="ErrorAfter">The expected calibration error at the fitted temperature, on the same data.</param>
public sealed record TemperatureFit(
    float Temperature, bool AtBound, double LossBefore, double LossAfter, double ErrorBefore, double ErrorAfter)
{
    /// <summary>The smallest temperature that is fitted.</summary>
    public const double Smallest = 0.05;

    /// <summary>The largest temperature that is fitted.</summary>
    public const double Largest = 100;

    /// <summary>Fits one exit.</summary>
    /// <remarks>
    /// The loss is convex in 1/T, so its slope has one sign change: Newton's steps, and bisection wherever a step leaves the bracket.
    /// </remarks>
    /// <exception cref="ArgumentException">The network gives something else than classes.</exception>
    public static TemperatureFit Of(RecordedLogits recorded, int exit)
    {
        ArgumentNullException.ThrowIfNull(recorded);
        if (recorded.Network.Output != OutputKind.Classification)
        {
            throw new ArgumentException(
                $"{recorded.Network.Name} gives {recorded.Network.Output} outputs: a temperature is fitted to classes.", nameof(recorded));
        }

        double low = 1 / Largest;
        double high = 1 / Smallest;
        double scale = 1;
        bool atBound = true;
        if (Evaluate(recorded, exit, low).Slope >= 0) scale = low;
        else if (Evaluate(recorded, exit, high).Slope <= 0) scale = high;
        else
        {
            atBound = false;
            scale = FindRoot(recorded, exit, low, high);
        }

        float temperature = (float)(1 / scale);
        double before = Evaluate(recorded, exit, 1).Loss;
        double after = Evaluate(recorded, exit, 1.0 / temperature).Loss;
        if (after >= before) (temperature, after) = (1, before);
        return new TemperatureFit(
            temperature,
            atBound,
            before,
            after,
            ReliabilityDiagram.Of(recorded, exit).ExpectedCalibrationError,
            ReliabilityDiagram.Of(recorded, exit, temperature).ExpectedCalibrationError);
    }

    private static double FindRoot(RecordedLogits recorded, int exit, double low, double high)
    {
        double scale = 1;
        while (high - low > 1e-9 * high)
        {
            (_, double slope, double curvature) = Evaluate(recorded, exit, scale);
            if (slope == 0) return scale;
            if (slope < 0) low = scale;
            else high = scale;

            double step = slope / curvature;
            double next = scale - step;
            if (Math.Abs(step) <= 1e-10 * scale) return scale;
            scale = next > low && next < high ? next : (low + high) / 2;
        }

        return scale;
    }

    private static (double Loss, double Slope, double Curvature) Evaluate(RecordedLogits recorded, int exit, double scale)
    {
        double loss = 0;
        double slope = 0;
        double curvature = 0;
        for (int row = 0; row < recorded.Rows; row++)
        {
            (double rowLoss, double rowSlope, double rowCurvature) =
                LogSoftmax.NegativeLogLikelihood(recorded.Row(exit, row), recorded.Labels[row], scale);
            loss += rowLoss;
            slope += rowSlope;
            curvature += rowCurvature;
        }

        return (loss / recorded.Rows, slope / recorded.Rows, curvature / recorded.Rows);
    }
}
