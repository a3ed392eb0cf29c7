using EarlyExitGen.Benchmarks.Compare;
using EarlyExitGen.Tests.Networks;
using static TorchSharp.torch;

namespace EarlyExitGen.Benchmarks.Economics;

/// <summary>What exits cost and what they gain, on one thread: for each network by both generated pipelines.</summary>
internal static class EconomicsCommand
{
    private const string Usage = "economics [--network NAME] [--json FILE]";
    private const int BatchRows = 64;

    public static int Run(string[] arguments)
    {
        if (Options.Read(arguments, Usage) is not (var network, var json, _)) return 2;

        set_num_threads(1);
        List<EconomicsRow> rows = [];
        foreach ((string name, Func<Candidate> make) in Candidate.All)
        {
            if (network is null ? name == Candidate.Slowest : network != name) continue;
            using Candidate candidate = make();
            rows.AddRange(Measure(candidate, name));
        }

        if (json is not null) JsonRows.Write(json, rows);
        return 0;
    }

    private static IEnumerable<EconomicsRow> Measure(Candidate candidate, string name)
    {
        NetworkPlan plan = candidate.Network.Plan;
        using Tensor batch = randn([BatchRows, .. plan.Input.Select(size => (long)size)]);
        using Tensor one = batch.narrow(0, 0, 1);
        float[] pixels = batch.data<float>().ToArray();
        ExitPolicy mixed = MixedExits.For(candidate.Network, batch);
        foreach (bool onKernels in new[] { false, true })
        {
            using IGeneratedContender single = onKernels
                ? new GeneratedCpu(candidate.CpuPipeline, pixels[..(pixels.Length / BatchRows)], rows: 1)
                : new GeneratedTorch(candidate.TorchPipeline, one);
            using IGeneratedContender many = onKernels
                ? new GeneratedCpu(candidate.CpuPipeline, pixels, BatchRows)
                : new GeneratedTorch(candidate.TorchPipeline, batch);
            EconomicsRow row = new(name, single.Name, Overhead.Measure(single, plan), Throughput.Measure(many, plan, mixed));
            Console.WriteLine(row.ToText());
            yield return row;
        }
    }
}

/// <summary>One pipeline of one network.</summary>
internal sealed record EconomicsRow(string Network, string Pipeline, Overhead Overhead, Throughput Throughput)
{
    public string ToText() => $"{Network}, {Pipeline}\n{Overhead.ToText()}\n{Throughput.ToText()}";
}
