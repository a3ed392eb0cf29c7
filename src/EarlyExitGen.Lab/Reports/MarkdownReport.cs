using System.Globalization;
using System.Text;

namespace EarlyExitGen.Lab.Reports;

/// <summary>The Markdown form of a report.</summary>
internal static class MarkdownReport
{
    public static string Write(EvaluationReport report)
    {
        StringBuilder text = new();
        Line(text, $"# {Escape(report.Title)}");
        Line(text, "");
        ExitPolicy policy = report.Evaluation.Policy;
        string time = report.Time.ToString("yyyy-MM-dd HH:mm zzz", CultureInfo.InvariantCulture);
        Line(text, $"{Escape(policy.Network.Name)}, policy `{policy.Id}`, {time}.");
        foreach (string statement in report.Statements)
        {
            Line(text, "");
            Line(text, $"- {Escape(statement)}");
        }

        foreach (ReportTable table in ReportTable.Of(report))
        {
            Line(text, "");
            Line(text, $"## {Escape(table.Title)}");
            Line(text, "");
            Line(text, Cells(table.Columns));
            Line(text, Cells(table.Columns.Select((_, column) => column == 0 ? "---" : "---:")));
            foreach (IEnumerable<string> row in table.Rows) Line(text, Cells(row.Select(Escape)));
        }

        return text.ToString();
    }

    private static string Cells(IEnumerable<string> cells) => $"| {string.Join(" | ", cells)} |";

    private static void Line(StringBuilder text, string line) => text.Append(line).Append('\n');

    /// <summary>A user's text must not become a cell, a line, a tag or a link.</summary>
    private static string Escape(string text)
    {
        StringBuilder escaped = new();
        foreach (char letter in text)
        {
            if (char.IsControl(letter)) escaped.Append(' ');
            else if ("\\`*_[]|#".Contains(letter, StringComparison.Ordinal)) escaped.Append('\\').Append(letter);
            else if (letter == '<') escaped.Append("&lt;");
            else if (letter == '&') escaped.Append("&amp;");
            else escaped.Append(letter);
        }

        return escaped.ToString();
    }
}
