using System.Globalization;
using EarlyExitGen.Lab.Evaluation;
using Spectre.Console;

namespace BranchyNet;

/// <summary>The paper's row for B-LeNet beside ours, once with its way of counting and once with every cost counted.</summary>
internal static class PaperTable
{
    /// <summary>Accuracy, exit shares and multiply–accumulate operations, which no clock has a part in.</summary>
    public static Table Counted(PolicyEvaluation evaluation)
    {
        CostModel costs = evaluation.Costs;
        double early = evaluation.Exits[0].Share;
        Table table = ConsoleTable.WithColumns("B-LeNet on MNIST", "", "paper", "here");
        table.AddRow("accuracy, full depth", "99.20 %", Percent(evaluation.FullDepthAccuracy));
        table.AddRow("accuracy, early exit", "99.25 %", Percent(evaluation.Accuracy));
        table.AddRow("leave at the first exit", "94.30 %", Percent(early));
        table.AddRow("leave at the last exit", "5.63 %", Percent(evaluation.Exits[1].Share));
        table.AddRow("MACs, full depth", "1,140,070", Macs(costs.FullDepth));
        table.AddRow("MACs, first exit with its head", "220,150", Macs(costs.Backbone(0) + costs.Head(0)));
        table.AddRow("MACs of an input that never exits", "1,247,720", Macs(evaluation.NeverExitCost));
        table.AddRow("speed-up by MACs, heads left out (the paper's way)", "6.66×", Factor(HeadsLeftOut(costs, early)));
        table.AddRow("speed-up by MACs, every head counted", "4.09×", Factor(evaluation.Speedup));
        return table;
    }

    /// <summary>The same by the clock, on every pipeline.</summary>
    public static Table Clocked(IEnumerable<Timing> timings, double early)
    {
        Table table = ConsoleTable.WithColumns(
            "By the clock, ms per digit",
            "",
            "full depth",
            "early exit",
            "speed-up, heads left out",
            "speed-up, everything counted");
        table.AddRow("paper, CPU", "3.37", "0.62", "5.4×", "");
        foreach (Timing timing in timings)
        {
            // Medians per exit, as the parts are medians: a call that the system interrupted says nothing about the network.
            double full = timing.Latency.FullDepthBackToBack.P50;
            table.AddRow(
                timing.Name,
                Time(full),
                Time(timing.Costs.Clock),
                Factor(HeadsLeftOut(timing.Costs.Measured, early)),
                Factor(full / timing.Costs.Clock));
        }

        return table;
    }

    private static double HeadsLeftOut(CostModel costs, double early) =>
        costs.Backbone(1) / ((early * costs.Backbone(0)) + ((1 - early) * costs.Backbone(1)));

    private static string Macs(double macs) => macs.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Percent(double share) => (100 * share).ToString("0.00", CultureInfo.InvariantCulture) + " %";

    private static string Factor(double factor) => factor.ToString("0.00", CultureInfo.InvariantCulture) + "×";

    private static string Time(double milliseconds) => milliseconds.ToString("0.0000", CultureInfo.InvariantCulture);
}
