namespace TrainingStrategies;

/// <summary>A mean and the sample standard deviation about it; the deviation of a single value is NaN.</summary>
internal readonly record struct Spread(double Mean, double Deviation)
{
    public static Spread Of(IEnumerable<double> values)
    {
        double[] all = [.. values];
        double mean = all.Average();
        return new Spread(mean, Math.Sqrt(all.Sum(value => (value - mean) * (value - mean)) / (all.Length - 1)));
    }

    /// <summary>As percent, without a deviation where there is none.</summary>
    public string Percent => double.IsNaN(Deviation)
        ? string.Create(null, $"{Mean * 100:F1}")
        : string.Create(null, $"{Mean * 100:F1} ± {Deviation * 100:F1}");
}
