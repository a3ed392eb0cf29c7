using System.Globalization;

namespace EarlyExitGen.Lab.Reports;

/// <summary>Numbers as reports show them, the same on every machine.</summary>
internal static class Format
{
    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    public static string Percent(double share) => double.IsNaN(share) ? "–" : (100 * share).ToString("0.00", Culture) + " %";

    public static string Points(double difference) => (100 * difference).ToString("+0.00;−0.00;0.00", Culture) + " pt";

    public static string Count(long count) => count.ToString("#,0", Culture);

    public static string Factor(double factor) => factor.ToString("0.00", Culture) + "×";

    /// <summary>Four significant digits, without an exponent where it can be read.</summary>
    public static string Number(double value)
    {
        if (double.IsNaN(value)) return "–";
        if (double.IsInfinity(value)) return value > 0 ? "∞" : "−∞";
        double size = Math.Abs(value);
        return size >= 1000 ? value.ToString("#,0", Culture) : value.ToString("G4", Culture);
    }

    public static string Cost(double cost, string unit) => $"{Number(cost)} {unit}";

    /// <summary>A coordinate in a drawing.</summary>
    public static string Coordinate(double value) => value.ToString("0.##", Culture);
}
