using System.Globalization;
using System.Security;
using System.Text;

namespace TrainingStrategies;

/// <summary>The table as a picture: per strategy one point per exit, with a line of one standard deviation to each side.</summary>
internal static class Plot
{
    private const int Left = 230;
    private const int Right = 30;
    private const int Top = 50;
    private const int RowHeight = 28;
    private const int Width = 860;
    private const int Radius = 4;
    private const double StepPercent = 2;

    // Blue, orange and green of the Okabe–Ito palette, which colour-blind people can tell apart too.
    private static readonly string[] Colours = ["#0072b2", "#e69f00", "#009e73"];

    public static string ToSvg(IReadOnlyList<RunResult> results, IReadOnlyList<string> exits)
    {
        (string Name, Spread[] Exits)[] rows =
        [
            .. results.GroupBy(result => result.Contender).Select(runs => (runs.Key, (Spread[])[.. exits.Select((_, exit) =>
                Spread.Of(runs.Select(run => run.Accuracies[exit])))])),
        ];
        double from = Math.Floor(rows.Min(row => row.Exits.Min(Low)) / StepPercent) * StepPercent;
        double to = Math.Ceiling(rows.Max(row => row.Exits.Max(High)) / StepPercent) * StepPercent;
        double X(double percent) => Left + ((percent - from) / (to - from) * (Width - Left - Right));

        int height = Top + (rows.Length * RowHeight) + 40;
        StringBuilder svg = new();
        svg.Append(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {height}" font-family="sans-serif" font-size="13">
            <rect width="{Width}" height="{height}" fill="white"/>

            """);
        for (double tick = from; tick <= to; tick += StepPercent)
        {
            svg.Append(CultureInfo.InvariantCulture, $"""
                <line x1="{X(tick):F1}" y1="{Top - 8}" x2="{X(tick):F1}" y2="{height - 34}" stroke="#dddddd"/>
                <text x="{X(tick):F1}" y="{height - 16}" text-anchor="middle">{tick:F0} %</text>

                """);
        }

        for (int exit = 0; exit < exits.Count; exit++)
        {
            int x = Left + (exit * 140);
            svg.Append(CultureInfo.InvariantCulture, $"""
                <circle cx="{x}" cy="20" r="{Radius}" fill="{Colours[exit]}"/>
                <text x="{x + 10}" y="24">exit '{SecurityElement.Escape(exits[exit])}'</text>

                """);
        }

        for (int row = 0; row < rows.Length; row++)
        {
            int y = Top + (row * RowHeight) + (RowHeight / 2);
            svg.Append(CultureInfo.InvariantCulture, $"""
                <text x="{Left - 16}" y="{y + 4}" text-anchor="end">{SecurityElement.Escape(rows[row].Name)}</text>

                """);
            for (int exit = 0; exit < exits.Count; exit++)
            {
                Spread spread = rows[row].Exits[exit];
                svg.Append(CultureInfo.InvariantCulture, $"""
                    <line x1="{X(Low(spread)):F1}" y1="{y}" x2="{X(High(spread)):F1}" y2="{y}" stroke="{Colours[exit]}" stroke-width="2"/>
                    <circle cx="{X(spread.Mean * 100):F1}" cy="{y}" r="{Radius}" fill="{Colours[exit]}"/>

                    """);
            }
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static double Low(Spread spread) => (spread.Mean - Half(spread)) * 100;

    private static double High(Spread spread) => (spread.Mean + Half(spread)) * 100;

    private static double Half(Spread spread) => double.IsNaN(spread.Deviation) ? 0 : spread.Deviation;
}
