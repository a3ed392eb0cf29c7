using System.Diagnostics;
using System.Globalization;
using EarlyExitGen.TorchRuntime;
using static TorchSharp.torch;

namespace EarlyExitGen.Benchmarks.Compare;

/// <summary>
/// Runs each network by hand-written TorchSharp, both generated pipelines and ONNX Runtime, in turns within one process and on one
/// thread, and prints the time of every path.
/// </summary>
internal static class CompareCommand
{
    private const string Usage = "compare [--quick] [--network NAME] [--json FILE]";
    private const int MostCallsPerTurn = 20;

    private static readonly Pace Thorough = new(Turns: 50, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(10));
    private static readonly Pace Quick = new(Turns: 5, TimeSpan.FromMilliseconds(25), TimeSpan.FromSeconds(0.19));

    private static readonly int[] BatchSizes = [1, 32];

    public static int Run(string[] arguments)
    {
        if (Options.Read(arguments, Usage) is not (var network, var json, var quick)) return 2;

        set_num_threads(1);
        double peak = FmaPeak.Measure();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"one core's multiply-add peak: {peak:0.0} GFLOP/s"));
        List<CompareRow> rows = [];
        foreach ((string name, Func<Candidate> make) in Candidate.All)
        {
            if (network is null ? quick && name == Candidate.Slowest : network != name) continue;
            using Candidate candidate = make();
            long freeze = Stopwatch.GetTimestamp();
            _ = candidate.TorchPipeline;
            double frozen = Stopwatch.GetElapsedTime(freeze).TotalMilliseconds;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\n{name}: the Torch pipeline froze in {frozen:N0} ms"));
            foreach (int batch in BatchSizes) Measure(candidate, name, batch, quick ? Quick : Thorough, peak, rows);
        }

        if (json is not null) JsonRows.Write(json, rows);
        return 0;
    }

    private static void Measure(Candidate candidate, string name, int batch, Pace pace, double peak, List<CompareRow> rows)
    {
        NetworkPlan plan = candidate.Network.Plan;
        using Tensor input = randn([batch, .. plan.Input.Select(size => (long)size)]);
        float[] pixels = input.data<float>().ToArray();
        Console.WriteLine($"\n{name}, batch {batch}: the Torch pipeline's convolutions go {WaysOf(candidate.TorchPipeline, batch)}");
        IContender[] contenders =
        [
            new HandWritten(candidate.Network, input),
            new GeneratedTorch(candidate.TorchPipeline, input),
            new GeneratedCpu(candidate.CpuPipeline, pixels, batch),
            new OnnxContender(candidate.Network, pixels, batch),
        ];
        for (int? exit = 0; exit is not null; exit = exit < plan.Exits.Length ? exit + 1 : null)
        {
            int? leaveAt = exit < plan.Exits.Length ? exit : null;
            string path = leaveAt is null ? "no exits" : leaveAt == plan.Exits.Length - 1 ? "full" : $"exit {leaveAt}";
            foreach (IContender contender in contenders) contender.LeaveAt(leaveAt);
            Timing[] timings = TakeTurns(contenders, pace);
            Console.WriteLine($"\n{name}, {path}, batch {batch}");
            for (int index = 0; index < contenders.Length; index++)
            {
                Timing timing = timings[index];
                double share = 2 * (Macs(plan, leaveAt) ?? 0) * batch / (timing.P50 * 1e3) / peak;
                rows.Add(new CompareRow(
                    name, path, batch, contenders[index].Name, timing.P50, timing.P99, timing.BytesPerCall,
                    timing.P50 / timings[0].P50, timing.P50 / timings[^1].P50, share));
                Console.WriteLine(rows[^1].ToText());
            }
        }

        foreach (IContender contender in contenders) contender.Dispose();
    }

    private static string WaysOf(EarlyExitTorchPipeline pipeline, int batch)
    {
        IEnumerable<ConvolutionWay> ways = pipeline.ConvolutionRoutes.Select(route => (batch == 1 ? route.OneRow : route.Batch).Way);
        string counts = string.Join(", ", ways.GroupBy(way => way).OrderBy(group => group.Key).Select(group => $"{group.Key} {group.Count()}×"));
        return counts.Length > 0 ? counts : "the ordinary way";
    }

    private static long? Macs(NetworkPlan plan, int? exit) => exit is { } known
        ? plan.Exits[known].CumulativeMacs
        : plan.Stages.Aggregate((long?)0, (sum, stage) => sum + stage.Macs) + plan.Exits[^1].Macs;

    private static Timing[] TakeTurns(IContender[] contenders, Pace pace)
    {
        int[] calls = [.. contenders.Select(contender => WarmUp(contender, contenders[0], pace))];
        List<double>[] times = [.. contenders.Select(_ => new List<double>(pace.Turns * MostCallsPerTurn))];
        long[] bytes = new long[contenders.Length];
        long begin = Stopwatch.GetTimestamp();
        for (int turn = 0; turn < pace.Turns && (turn == 0 || Stopwatch.GetElapsedTime(begin) < pace.LongestPath); turn++)
        {
            for (int index = 0; index < contenders.Length; index++)
            {
                for (int call = 0; call < calls[index]; call++)
                {
                    long before = GC.GetAllocatedBytesForCurrentThread();
                    long start = Stopwatch.GetTimestamp();
                    contenders[index].Call();
                    times[index].Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
                    bytes[index] += GC.GetAllocatedBytesForCurrentThread() - before;
                }
            }
        }

        return [.. times.Select((measured, index) => Timing.Of(measured, bytes[index]))];
    }

    /// <summary>Calls a contender until it is warm, and checks what it computes.</summary>
    /// <returns>How many calls it gets in a turn.</returns>
    private static int WarmUp(IContender contender, IContender first, Pace pace)
    {
        long begin = Stopwatch.GetTimestamp();
        int calls = 0;
        for (; calls < 5 * MostCallsPerTurn && (calls < 1 || Stopwatch.GetElapsedTime(begin) < pace.LongestTurn); calls++) contender.Call();
        float difference = Math.Abs(contender.FirstLogit - first.FirstLogit);
        if (!(difference < 1e-3)) throw new InvalidOperationException($"{contender.Name} computes something else, by {difference}.");
        return (int)Math.Clamp(calls * pace.LongestTurn / Stopwatch.GetElapsedTime(begin), 1, MostCallsPerTurn);
    }

    /// <summary>How long to measure: slow contenders get fewer calls a turn, slow paths fewer turns.</summary>
    private sealed record Pace(int Turns, TimeSpan LongestTurn, TimeSpan LongestPath);

    private sealed record Timing(double P50, double P99, double BytesPerCall)
    {
        public static Timing Of(List<double> times, long bytes)
        {
            double[] sorted = [.. times.Order()];
            return new Timing(sorted[sorted.Length / 2], sorted[sorted.Length * 99 / 100], (double)bytes / sorted.Length);
        }
    }
}

/// <summary>The time of one contender on one path.</summary>
/// <param name="Ratio">Its median over that of hand-written TorchSharp.</param>
/// <param name="RatioToOnnx">Its median over that of ONNX Runtime.</param>
/// <param name="ShareOfPeak">The share of the core's multiply-add peak at which the path's multiply–accumulates went by.</param>
internal sealed record CompareRow(
    string Network,
    string Path,
    int Batch,
    string Contender,
    double P50Us,
    double P99Us,
    double BytesPerCall,
    double Ratio,
    double RatioToOnnx,
    double ShareOfPeak)
{
    public string ToText() => string.Create(
        CultureInfo.InvariantCulture,
        $"  {Contender,-20} p50 {P50Us,9:0.0} µs   p99 {P99Us,9:0.0} µs   {BytesPerCall,9:0} B/call   {Ratio,6:0.00}× by hand   " +
        $"{RatioToOnnx,6:0.00}× ONNX Runtime   {ShareOfPeak,6:0 %} of peak");
}
