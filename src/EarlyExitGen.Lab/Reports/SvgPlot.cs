using System.Net;
using System.Text;

namespace EarlyExitGen.Lab.Reports;

/// <summary>
/// One plot with axes as inline SVG. Colours come from the page's classes, so that it follows light, dark and print.
/// </summary>
internal sealed class SvgPlot
{
    private const int Width = 360;
    private const int Height = 240;
    private const int Left = 52;
    private const int Right = 20;
    private const int Top = 12;
    private const int Bottom = 40;

    private readonly StringBuilder marks = new();
    private readonly string title;
    private readonly Axis x;
    private readonly Axis y;

    /// <summary>Makes an empty plot.</summary>
    /// <param name="title">What a reader who can't see it is told.</param>
    /// <param name="x">The horizontal axis.</param>
    /// <param name="y">The vertical axis.</param>
    public SvgPlot(string title, Axis x, Axis y)
    {
        this.title = title;
        this.x = x;
        this.y = y;
    }

    public SvgPlot Line(IEnumerable<(double X, double Y)> points, string style)
    {
        string path = string.Join(" ", points.Select(point => $"{AtX(point.X)},{AtY(point.Y)}"));
        marks.Append($"<polyline class=\"line {style}\" points=\"{path}\"/>");
        return this;
    }

    public SvgPlot Point(double atX, double atY, string style, string label)
    {
        marks.Append($"<circle class=\"point {style}\" cx=\"{AtX(atX)}\" cy=\"{AtY(atY)}\" r=\"5\">");
        marks.Append($"<title>{WebUtility.HtmlEncode(label)}</title></circle>");
        return this;
    }

    public SvgPlot Bar(double fromX, double toX, double height, string style, string label)
    {
        double left = PlaceX(fromX);
        double bar = PlaceY(Math.Min(y.From, 0)) - PlaceY(height);
        marks.Append($"<rect class=\"bar {style}\" x=\"{Format.Coordinate(left + 0.5)}\" y=\"{AtY(height)}\" ");
        marks.Append($"width=\"{Format.Coordinate(Math.Max(0.5, PlaceX(toX) - left - 1))}\" ");
        marks.Append($"height=\"{Format.Coordinate(Math.Max(0, bar))}\">");
        marks.Append($"<title>{WebUtility.HtmlEncode(label)}</title></rect>");
        return this;
    }

    public SvgPlot HorizontalRule(double at, string style)
    {
        if (y.Contains(at)) Rule(Left, PlaceY(at), Width - Right, PlaceY(at), style);
        return this;
    }

    public SvgPlot VerticalRule(double at, string style)
    {
        if (x.Contains(at)) Rule(PlaceX(at), Top, PlaceX(at), Height - Bottom, style);
        return this;
    }

    public override string ToString()
    {
        StringBuilder svg = new();
        svg.Append($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{WebUtility.HtmlEncode(title)}\">");
        foreach (double tick in x.Ticks(5))
        {
            svg.Append($"<text class=\"tick\" x=\"{AtX(tick)}\" y=\"{Height - Bottom + 15}\" text-anchor=\"middle\">");
            svg.Append(x.Label(tick)).Append("</text>");
        }

        foreach (double tick in y.Ticks(5))
        {
            svg.Append($"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{AtY(tick)}\" y2=\"{AtY(tick)}\"/>");
            svg.Append($"<text class=\"tick\" x=\"{Left - 6}\" y=\"{Format.Coordinate(PlaceY(tick) + 3.5)}\" text-anchor=\"end\">");
            svg.Append(y.Label(tick)).Append("</text>");
        }

        svg.Append(marks);
        svg.Append($"<line class=\"axis\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Height - Bottom}\" y2=\"{Height - Bottom}\"/>");
        string centre = Format.Coordinate((Left + Width - Right) / 2.0);
        svg.Append($"<text class=\"name\" x=\"{centre}\" y=\"{Height - 6}\" text-anchor=\"middle\">");
        svg.Append(WebUtility.HtmlEncode(x.Name)).Append("</text>");
        string middle = Format.Coordinate((Top + Height - Bottom) / 2.0);
        svg.Append($"<text class=\"name\" transform=\"translate(11 {middle}) rotate(-90)\" text-anchor=\"middle\">");
        svg.Append(WebUtility.HtmlEncode(y.Name)).Append("</text></svg>");
        return svg.ToString();
    }

    private void Rule(double x1, double y1, double x2, double y2, string style) => marks.Append(
        $"<line class=\"rule {style}\" x1=\"{Format.Coordinate(x1)}\" y1=\"{Format.Coordinate(y1)}\" " +
        $"x2=\"{Format.Coordinate(x2)}\" y2=\"{Format.Coordinate(y2)}\"/>");

    private string AtX(double value) => Format.Coordinate(PlaceX(value));

    private string AtY(double value) => Format.Coordinate(PlaceY(value));

    private double PlaceX(double value) => Left + (x.Fraction(value) * (Width - Left - Right));

    private double PlaceY(double value) => Height - Bottom - (y.Fraction(value) * (Height - Top - Bottom));
}
