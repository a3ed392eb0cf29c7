using EarlyExitGen.Lab.Reports;
using Spectre.Console;

namespace BranchyNet;

/// <summary>A report's table on a console.</summary>
internal static class ConsoleTable
{
    public static Table Of(ReportTable report)
    {
        Table table = new Table().Title(Markup.Escape(report.Title));
        foreach (string column in report.Columns) table.AddColumn(new TableColumn(Markup.Escape(column)));
        foreach (IEnumerable<string> row in report.Rows) table.AddRow([.. row.Select(Markup.Escape)]);
        return table;
    }
}
