using EarlyExitGen.Lab.Reports;
using Spectre.Console;

namespace BranchyNet;

/// <summary>Tables on a console, all in one look.</summary>
internal static class ConsoleTable
{
    /// <summary>An empty table: names to the left, figures to the right.</summary>
    public static Table WithColumns(string title, string first, params IEnumerable<string> rest)
    {
        Table table = new Table().Border(TableBorder.Simple).Title(Markup.Escape(title)).AddColumn(new TableColumn(Markup.Escape(first)));
        foreach (string column in rest) table.AddColumn(new TableColumn(Markup.Escape(column)).RightAligned());
        return table;
    }

    /// <summary>A report's table.</summary>
    public static Table Of(ReportTable report)
    {
        Table table = WithColumns(report.Title, report.Columns[0], report.Columns.Skip(1));
        foreach (IEnumerable<string> row in report.Rows) table.AddRow([.. row.Select(Markup.Escape)]);
        return table;
    }
}
