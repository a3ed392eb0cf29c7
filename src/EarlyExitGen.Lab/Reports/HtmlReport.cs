using System.Globalization;
using System.Net;
using System.Text;
using EarlyExitGen.Lab.Evaluation;

namespace EarlyExitGen.Lab.Reports;

/// <summary>The HTML form of a report: one page without scripts that loads nothing.</summary>
internal static class HtmlReport
{
    public static string Write(EvaluationReport report)
    {
        StringBuilder page = new();
        page.Append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n");
        page.Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        page.Append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n");
        page.Append($"<title>{Text(report.Title)}</title>\n<style>\n{HtmlStyle.Sheet}</style></head>\n<body><main>\n");
        WriteHead(page, report);
        foreach (ReportFigure figure in ReportFigures.Of(report)) WriteFigure(page, figure);
        WriteHeatMap(page, report);
        foreach (ReportTable table in ReportTable.Of(report)) WriteTable(page, table);
        page.Append("</main></body></html>\n");
        return page.ToString();
    }

    private static void WriteHead(StringBuilder page, EvaluationReport report)
    {
        PolicyEvaluation evaluation = report.Evaluation;
        page.Append($"<h1>{Text(report.Title)}</h1>\n<p class=\"quiet\">{Text(evaluation.Policy.Network.Name)} · policy ");
        page.Append($"<code>{evaluation.Policy.Id}</code> · ");
        page.Append(string.Create(CultureInfo.InvariantCulture, $"{report.Time:yyyy-MM-dd HH:mm zzz}</p>\n<div class=\"tiles\">"));
        double change = evaluation.Accuracy - evaluation.FullDepthAccuracy;
        Tile(page, "Accuracy", Format.Percent(evaluation.Accuracy), $"{Format.Points(change)} against full depth");
        Tile(
            page,
            "Average cost",
            Format.Percent(evaluation.AverageCost / evaluation.FullDepthCost),
            $"of full depth's {Format.Cost(evaluation.FullDepthCost, evaluation.Costs.Unit)}");
        Tile(page, "Speed-up by cost", Format.Factor(evaluation.Speedup), "heads and checks counted");
        Tile(
            page,
            "Leave early",
            Format.Percent(1 - evaluation.Exits[^1].Share),
            $"the rest costs {Format.Percent(evaluation.NeverExitCost / evaluation.FullDepthCost)} of full depth");
        page.Append("</div>\n<ul>");
        foreach (string statement in report.Statements) page.Append($"<li>{Text(statement)}</li>");
        page.Append("</ul>\n");
    }

    private static void Tile(StringBuilder page, string name, string value, string note) => page.Append(
        $"<div class=\"tile\"><span>{Text(name)}</span><strong>{Text(value)}</strong><span>{Text(note)}</span></div>");

    private static void WriteFigure(StringBuilder page, ReportFigure figure)
    {
        page.Append($"<section><h2>{Text(figure.Title)}</h2>\n<p>{Text(figure.Explanation)}</p>\n");
        if (!figure.Legend.IsEmpty)
        {
            page.Append("<p class=\"legend\">");
            foreach ((string style, string meaning) in figure.Legend)
            {
                page.Append($"<span><i class=\"key {style}\"></i>{Text(meaning)}</span>");
            }

            page.Append("</p>\n");
        }

        page.Append("<div class=\"plots\">");
        foreach ((string caption, SvgPlot plot) in figure.Plots)
        {
            page.Append($"<figure>{plot}<figcaption>{Text(caption)}</figcaption></figure>");
        }

        page.Append("</div></section>\n");
    }

    private static void WriteHeatMap(StringBuilder page, EvaluationReport report)
    {
        PolicyEvaluation evaluation = report.Evaluation;
        if (evaluation.Classes.IsEmpty) return;
        page.Append("<section><h2>Classes by exit</h2>\n<p>The share of each class that leaves at each exit, and how early exit changes ");
        page.Append("its accuracy.</p>\n<div class=\"scroll\"><table class=\"heat\"><tr><th>class</th>");
        foreach (ExitEvaluation exit in evaluation.Exits) page.Append($"<th>{Text(exit.Name)}</th>");
        page.Append("<th>change</th></tr>\n");
        foreach (ClassEvaluation label in evaluation.Classes)
        {
            page.Append($"<tr><th>{Text(report.ClassName(label.Label))}</th>");
            foreach (double share in label.ExitShares)
            {
                string tint = Format.Coordinate(Math.Round(90 * share, 1));
                string dark = share > 0.6 ? " class=\"strong\"" : "";
                page.Append($"<td{dark} style=\"--share:{tint}%\">{Format.Percent(share)}</td>");
            }

            string tone = label.AccuracyLoss > 0.005 ? "loss" : label.AccuracyLoss < -0.005 ? "gain" : "";
            page.Append($"<td class=\"plain {tone}\">{Format.Points(-label.AccuracyLoss)}</td></tr>\n");
        }

        page.Append("</table></div></section>\n");
    }

    private static void WriteTable(StringBuilder page, ReportTable table)
    {
        page.Append($"<section><h2>{Text(table.Title)}</h2>\n<div class=\"scroll\"><table><tr>");
        foreach (string column in table.Columns) page.Append($"<th>{Text(column)}</th>");
        page.Append("</tr>\n");
        foreach (IEnumerable<string> row in table.Rows)
        {
            page.Append("<tr>");
            bool first = true;
            foreach (string cell in row)
            {
                page.Append(first ? $"<th>{Text(cell)}</th>" : $"<td>{Text(cell)}</td>");
                first = false;
            }

            page.Append("</tr>\n");
        }

        page.Append("</table></div></section>\n");
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
