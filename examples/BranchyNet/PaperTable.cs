using System.Globalization;
using EarlyExitGen.Lab.Evaluation;
using Spectre.Console;

namespace BranchyNet;

/// <summary>The paper's row for B-LeNet beside ours, once with its way of counting and once with every cost counted.</summary>
internal static class PaperTable
{
    public static Table Make(PolicyEvaluation evaluation, LatencyEvaluation eager, LatencyEvaluation pipeline)
    {
        CostModel costs = evaluation.Costs;
        double early = evaluation.Exits[0].Share;
        double backboneOnly = (early * costs.Backbone(0)) + ((1 - early) * costs.Backbone(1));
        Table table = new Table().Title("B-LeNet on MNIST").AddColumns("", "paper", "here");
        table.AddRow("accuracy, full depth", "99.20 %", Percent(evaluation.FullDepthAccuracy));
        table.AddRow("accuracy, early exit", "99.25 %", Percent(evaluation.Accuracy));
        table.AddRow("leave at the first exit", "94.30 %", Percent(early));
        table.AddRow("MACs, full depth", "1,140,070", Macs(costs.FullDepth));
        table.AddRow("MACs, first exit with its head", "220,150", Macs(costs.Backbone(0) + costs.Head(0)));
        table.AddRow("speed-up by MACs, heads left out as in the paper's timing", "6.66×", Factor(costs.Backbone(1) / backboneOnly));
        table.AddRow("speed-up by MACs, every head counted", "4.09×", Factor(evaluation.Speedup));
        table.AddRow("speed-up by the clock, as published", "5.4×", "");
        table.AddRow("speed-up by the clock, eager TorchSharp, everything counted", "", Factor(Speedup(eager)));
        table.AddRow("speed-up by the clock, generated pipeline, everything counted", "", Factor(Speedup(pipeline)));
        table.AddRow("mean time, eager: early exit / full depth", "", Times(eager));
        table.AddRow("mean time, pipeline: early exit / full depth", "0.62 / 3.37 ms", Times(pipeline));
        return table;
    }

    private static double Speedup(LatencyEvaluation latency) => latency.FullDepthBackToBack.Mean / latency.EarlyExitBackToBack.Mean;

    private static string Macs(double macs) => macs.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Percent(double share) => (100 * share).ToString("0.00", CultureInfo.InvariantCulture) + " %";

    private static string Factor(double factor) => factor.ToString("0.00", CultureInfo.InvariantCulture) + "×";

    private static string Times(LatencyEvaluation latency) => string.Create(
        CultureInfo.InvariantCulture, $"{latency.EarlyExitBackToBack.Mean:0.000} / {latency.FullDepthBackToBack.Mean:0.000} ms");
}
