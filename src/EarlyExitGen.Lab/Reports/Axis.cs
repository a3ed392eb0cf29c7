namespace EarlyExitGen.Lab.Reports;

/// <summary>One axis of a plot.</summary>
/// <param name="Name">What it shows, with its unit.</param>
/// <param name="From">The value at its start.</param>
/// <param name="To">The value at its end; above <paramref name="From"/>.</param>
/// <param name="IsShare">Whether its values are shares that are shown as percentages.</param>
/// <param name="IsWhole">Whether only whole numbers mean something on it.</param>
internal sealed record Axis(string Name, double From, double To, bool IsShare = false, bool IsWhole = false)
{
    /// <summary>An axis around values, with a little room; around 0 to 1 when there are none.</summary>
    public static Axis Around(string name, IEnumerable<double> values, bool isShare = false)
    {
        double[] finite = [.. values.Where(double.IsFinite).DefaultIfEmpty(0)];
        double from = finite.Min();
        double to = finite.Max();
        double room = to > from ? 0.06 * (to - from) : Math.Max(0.05 * Math.Abs(to), 1e-3);
        return new Axis(name, from - room, to + room, isShare);
    }

    public bool Contains(double value) => value >= From && value <= To;

    public double Fraction(double value) => Math.Clamp((value - From) / (To - From), 0, 1);

    /// <summary>Round values on the axis, about this many.</summary>
    public IEnumerable<double> Ticks(int count)
    {
        double rough = (To - From) / count;
        double power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = power * ((rough / power) switch { < 1.5 => 1, < 3.5 => 2, < 7.5 => 5, _ => 10 });
        for (double tick = Math.Ceiling(From / step) * step; tick <= To + (1e-9 * step); tick += step)
        {
            if (IsWhole && Math.Abs(tick - Math.Round(tick)) > 1e-9) continue;
            yield return Math.Abs(tick) < 1e-9 * step ? 0 : tick;
        }
    }

    public string Label(double value)
    {
        if (IsShare) return Format.Coordinate(100 * value) + "%";
        return Math.Abs(value) switch
        {
            >= 1e9 => Format.Coordinate(value / 1e9) + "G",
            >= 1e6 => Format.Coordinate(value / 1e6) + "M",
            >= 1e4 => Format.Coordinate(value / 1e3) + "k",
            _ => Format.Number(Math.Round(value, 10)),
        };
    }
}
