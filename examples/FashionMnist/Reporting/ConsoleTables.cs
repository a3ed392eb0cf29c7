using EarlyExitGen.Lab.Reports;
using Spectre.Console;

namespace FashionMnist.Reporting;

/// <summary>Tables on a console, all in one look.</summary>
internal static class ConsoleTables
{
    /// <summary>An empty table: names to the left, figures to the right.</summary>
    public static Table WithColumns(string first, params IEnumerable<string> rest)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn(Markup.Escape(first)));
        foreach (string column in rest) table.AddColumn(new TableColumn(Markup.Escape(column)).RightAligned().NoWrap());
        return table;
    }

    /// <summary>Prints a report's table under its title.</summary>
    public static void Print(IAnsiConsole console, ReportTable report)
    {
        Table table = WithColumns(report.Columns[0], report.Columns.Skip(1));
        foreach (IEnumerable<string> row in report.Rows) table.AddRow([.. row.Select(Markup.Escape)]);
        console.WriteLine();
        console.WriteLine(report.Title);
        console.Write(table);
    }
}
